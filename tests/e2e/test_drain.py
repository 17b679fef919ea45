"""A process that is told to stop hangs up on nobody."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from sqlalchemy import select

from calls.lines import Refusal
from calls.records import Outcome
from calls.tables import CallRow
from database import build_engine, build_sessions
from drain import HAND_OVER_SECS
from simulator.caller import Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.process import ServerProcess, server_process
from tests.e2e.product import ACCOUNT, CALLER, DESK, DESK_SENTENCE, Answers
from tests.e2e.ringing import pick_up, ring
from tests.e2e.talk import Talk

NUMBERS = count(1000)
CALLS = 20
AT_ONCE = 5
HELLO = [Say("Hello.", audio=b"\x70" * 4000)]
BUSY = ["say:All our lines are busy. I will connect you to our front desk.", f"dial:{DESK}"]
HANDED_OVER = ["connect", f"say:{DESK_SENTENCE}", f"dial:{DESK}", "hangup"]


def number() -> str:
    """Of a caller who has not called before."""
    return f"+1617555{next(NUMBERS):04}"


async def stay(line: Line) -> None:
    await line.listen(settle_secs=0.1)


async def rows(server: ServerProcess) -> list[CallRow]:
    engine = build_engine(server.database_url)
    async with build_sessions(engine)() as session:
        found = list(await session.scalars(select(CallRow).order_by(CallRow.rang_at)))
    await engine.dispose()
    return found


async def told_to_stop(server: ServerProcess) -> None:
    """Send SIGTERM; returns when the server has noticed."""
    server.terminate()
    while (await server.ready())[0] == 200:  # noqa: ASYNC110  of another process
        await asyncio.sleep(0.01)


async def test_twenty_calls_finish_before_the_process_leaves(
    postgres_url: str, tmp_path: Path
) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        server_process(model.url, tmp_path, DATABASE_URL=postgres_url) as server,
        AsyncExitStack() as stack,
    ):
        talks: list[Talk] = []
        while len(talks) < CALLS:
            some = [Talk(server.voice_url, number()) for _ in range(AT_ONCE)]
            talks += [await stack.enter_async_context(talk) for talk in some]
        await told_to_stop(server)
        refused = await place_call(server.voice_url, ACCOUNT, from_=CALLER, script=stay)
        assert refused.verbs == [*BUSY, "hangup"]
        records = await asyncio.gather(*(talk.hang_up() for talk in talks))
        assert await server.process.wait() == 0
        calls = await rows(server)
        assert len(server.complaints) == 1
        assert "Call is not taken: the process is leaving" in server.complaints[0]
    assert {record.ended_by for record in records} == {"the caller"}
    assert [record.warnings for record in records] == [[]] * CALLS
    assert [call.outcome for call in calls] == [Outcome.COMPLETED] * CALLS + [Outcome.REFUSED]
    assert all(call.ended_at for call in calls)
    assert len(model.sessions) == CALLS
    assert all(session.closed.is_set() for session in model.sessions)


async def test_a_second_signal_hands_the_calls_to_a_person(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        server_process(model.url, tmp_path) as server,
    ):
        async with Talk(server.voice_url) as first, Talk(server.voice_url) as second:
            await told_to_stop(server)
            server.terminate()
            records = [await first.end(), await second.end()]
        assert await server.process.wait() == 0
        calls = await rows(server)
    assert [record.verbs for record in records] == [HANDED_OVER] * 2
    assert [(call.outcome, call.reason) for call in calls] == [
        (Outcome.FAILED, Refusal.LEAVING)
    ] * 2
    assert [call.desk_answer for call in calls] == ["completed"] * 2


async def test_the_deadline_hands_the_calls_to_a_person(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        server_process(model.url, tmp_path, DRAIN_SECONDS="1") as server,
    ):
        async with Talk(server.voice_url) as talk:
            server.terminate()
            record = await talk.end()
        assert await server.process.wait() == 0
    assert record.verbs == HANDED_OVER


async def test_a_third_signal_ends_the_process(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        server_process(model.url, tmp_path) as server,
    ):
        begun = asyncio.Event()

        async def hold(line: Line) -> None:
            await line.listen(settle_secs=0.1)
            begun.set()
            await line.stay()

        # Nobody asks what comes next, which the process would wait for without a third signal.
        call = asyncio.create_task(pick_up(await ring(server), hold))
        await asyncio.wait_for(begun.wait(), 20)
        for _ in range(3):
            await told_to_stop(server)
        async with asyncio.timeout(HAND_OVER_SECS - 10):
            assert await server.process.wait() == 0
        await call
        assert "1 calls are handed over" in server.log.read_text(encoding="utf-8")
