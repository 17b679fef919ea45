"""No process takes more than it can hold, and who is not taken reaches a person."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from sqlalchemy import text

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from simulator.caller import CallRecord, Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT, CALLER, DESK, PROMPT, Answers, Product, running_product
from tests.e2e.talk import Talk

HELLO = [Say("Hello.", audio=b"\x70" * 4000)]
BUSY = ["say:All our lines are busy. I will connect you to our front desk.", f"dial:{DESK}"]
NOBODY = "ws://127.0.0.1:9/v1/realtime"


async def stay(line: Line) -> None:
    await line.listen(settle_secs=0.1)


async def asked(product: Product) -> tuple[int, str | None]:
    """What /ready answers."""
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{product.origin}/ready")
    return response.status_code, response.json()["reason"]


async def call(product: Product) -> CallRecord:
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=stay)


async def outcome_of(product: Product, record: CallRecord) -> Outcome | None:
    engine = build_engine(product.database_url)
    outcome = await CallRecords(build_sessions(engine), now).outcome(record.call_sid)
    await engine.dispose()
    return outcome


async def test_above_the_limit_a_person_answers_and_the_others_talk_on(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls=2) as product,
        AsyncExitStack() as talks,
    ):
        assert await asked(product) == (200, None)
        first = await talks.enter_async_context(Talk(product.voice_url))
        second = await talks.enter_async_context(Talk(product.voice_url))
        assert await asked(product) == (503, "every line is taken")
        refused = await call(product)
        assert refused.verbs == [*BUSY, "hangup"]
        assert await outcome_of(product, refused) is Outcome.REFUSED
        assert (await first.hang_up()).ended_by == "the caller"
        while await asked(product) != (200, None):  # noqa: ASYNC110  it is asked over HTTP
            await asyncio.sleep(0.02)
        assert (await call(product)).verbs == ["connect"]
        record = await second.hang_up()
        assert (record.ended_by, record.warnings) == ("the caller", [])
    assert len(model.sessions) == 3


async def test_a_call_that_was_not_taken_is_not_taken_later(tmp_path: Path) -> None:
    """Twilio asks again after a time-out, and by then a line may be free."""
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls=1) as product,
    ):
        async with Talk(product.voice_url):
            refused = await call(product)
        while await asked(product) != (200, None):  # noqa: ASYNC110  it is asked over HTTP
            await asyncio.sleep(0.02)
        again = await place_call(
            product.voice_url, ACCOUNT, from_=CALLER, script=stay, call_sid=refused.call_sid
        )
    assert refused.verbs == again.verbs == [*BUSY, "hangup"]


async def test_at_night_who_is_not_taken_reaches_voicemail(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls=1, desk_open=False) as product,
        Talk(product.voice_url),
    ):
        record = await call(product)
    assert record.verbs[:2] == [f"say:{PROMPT}", "record"]


async def test_without_a_database_the_process_is_not_ready(tmp_path: Path) -> None:
    async with running_product(NOBODY, tmp_path) as product:
        engine = build_engine(product.database_url)
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE calls"))
        await engine.dispose()
        assert await asked(product) == (503, "the database does not answer")


async def test_a_caller_who_calls_too_often_reaches_a_person(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls_per_caller_per_hour=1) as product,
    ):
        assert (await call(product)).verbs == ["connect"]
        refused = await call(product)
        assert refused.verbs == [*BUSY, "hangup"]
        assert await outcome_of(product, refused) is Outcome.REFUSED
        other = await place_call(product.voice_url, ACCOUNT, from_="+12125550147", script=stay)
        assert other.verbs == ["connect"]
    assert len(model.sessions) == 2


async def test_when_the_money_of_the_day_is_spent_a_person_answers(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, daily_cost_limit_usd=0.001) as product,
    ):
        assert (await call(product)).verbs == ["connect"]
        async with asyncio.timeout(20):
            while (await call(product)).verbs == ["connect"]:  # noqa: ASYNC110  what it costs
                await asyncio.sleep(0.1)  # is written behind the call
        assert (await call(product)).verbs == [*BUSY, "hangup"]


async def test_a_call_that_costs_too_much_is_handed_over(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO, [Say("Our desk takes over.")])) as model,
        running_product(model.url, tmp_path, max_call_cost_usd=0.001) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=talk_on)
        assert record.verbs == ["connect", f"dial:{DESK}", "hangup"]
        assert await outcome_of(product, record) is Outcome.TRANSFERRED
    assert len(model.sessions) == 1


async def talk_on(line: Line) -> None:
    await line.stay(within_secs=30)


async def test_a_model_without_a_price_is_told_at_the_start(tmp_path: Path) -> None:
    model = {"OPENAI_REALTIME_MODEL": "gpt-realtime-9"}
    async with server_process(NOBODY, tmp_path, **model) as server:
        assert "gpt-realtime-9 has no price" in "\n".join(server.complaints)
