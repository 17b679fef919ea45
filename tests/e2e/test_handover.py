"""Where the agent ends, a person or a tone begins."""

from pathlib import Path

import pytest

from calls.records import CallRecords, Outcome
from calls.tables import CallRow
from database import build_engine, build_sessions
from receptionist import now
from simulator.caller import CallRecord, Line, LineEnded, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, DESK, PROMPT, Answers, Product, running_product

SHORT = b"\x70" * 4000
GREETING = [Say("Hello.", audio=SHORT)]
WORDS = [Say("As you wish.", audio=SHORT)]


async def wait_for_the_end(line: Line) -> None:
    with pytest.raises(LineEnded):
        await line.stay(within_secs=15)
    raise LineEnded("as the script expected")


async def row_of(product: Product, record: CallRecord) -> CallRow:
    engine = build_engine(product.database_url)
    async with build_sessions(engine)() as session:
        row = await session.get_one(CallRow, record.call_sid)
    await engine.dispose()
    return row


async def test_in_hours_the_caller_is_connected_to_the_desk(tmp_path: Path) -> None:
    agent = Answers([*GREETING, CallTool("transfer_to_staff", {"reason": "a bill"})], WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait_for_the_end)
        row = await row_of(product, record)
    assert record.verbs == ["connect", f"dial:{DESK}", "hangup"]
    assert f'callerId="{CALLER}"' in record.documents[1]
    assert 'timeout="20"' in record.documents[1]
    assert (row.outcome, row.reason, row.desk_answer) == (
        Outcome.TRANSFERRED,
        "a bill",
        "completed",
    )
    assert row.stir_verstat == "TN-Validation-Passed-A"
    # The caller has heard that they are being connected, to the last byte.
    assert record.stream is not None
    assert sum(len(heard.mulaw) for heard in record.stream.playout.heard) == 2 * len(SHORT)


async def test_at_night_the_caller_reaches_voicemail(tmp_path: Path) -> None:
    leave = CallTool("transfer_to_staff", {"voicemail": "yes"})
    agent = Answers([*GREETING, CallTool("transfer_to_staff")], [leave], WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path, desk_open=False) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait_for_the_end)
    assert [output["reason"] for output in agent.conversations[1].function_outputs] == [
        "desk_closed"
    ]
    assert record.verbs[:3] == ["connect", f"say:{PROMPT}", "record"]


async def test_who_presses_0_is_connected(tmp_path: Path) -> None:
    async def press(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.press("0")
        await wait_for_the_end(line)

    agent = Answers(GREETING, WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=press)
        row = await row_of(product, record)
    assert record.verbs == ["connect", f"dial:{DESK}", "hangup"]
    assert row.reason == "the caller pressed 0"
    assert "pressed 0" in str(agent.conversations[1].items)


async def test_other_keys_reach_the_model_as_text(tmp_path: Path) -> None:
    async def press(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.press("5550100#")
        await line.listen(settle_secs=0.3)

    agent = Answers(GREETING, WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=press)
    assert "5 5 5 0 1 0 0" in str(agent.conversations[1].items)


async def test_the_call_ends_when_the_goodbye_was_heard(tmp_path: Path) -> None:
    agent = Answers([*GREETING, CallTool("end_call")], WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait_for_the_end)
        row = await row_of(product, record)
    assert record.verbs == ["connect", "hangup"]
    assert (row.outcome, row.reason) == (Outcome.COMPLETED, "all was said")
    assert record.stream is not None
    assert sum(len(heard.mulaw) for heard in record.stream.playout.heard) == 2 * len(SHORT)


async def test_who_says_nothing_is_asked_once_and_wished_well(tmp_path: Path) -> None:
    agent = Answers(GREETING, [Say("Are you there?", audio=SHORT)], WORDS)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path, silence_seconds=0.5) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait_for_the_end)
        row = await row_of(product, record)
    assert record.verbs == ["connect", "hangup"]
    assert (row.outcome, row.reason) == (Outcome.COMPLETED, "the caller was silent")
    assert len(agent.conversations) == 3
    assert "Ask once" in str(agent.conversations[1].items[-1])
    assert "Say goodbye" in str(agent.conversations[2].items[-1])


async def test_a_call_that_was_never_answered_is_missed(tmp_path: Path) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        engine = build_engine(product.database_url)
        records = CallRecords(build_sessions(engine), now)
        await records.ring("CA7", caller=CALLER, dialled=ACCOUNT.number)
        await records.over("CA7")
        assert await records.outcome("CA7") is Outcome.MISSED
        await engine.dispose()
