"""Who wants a call gets it from whichever process holds it, once."""

from contextlib import AbstractContextManager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from calls.entries import ToolUse, Turn
from calls.journal import CallJournal
from calls.live import LiveCalls
from calls.receipts import Receipts, talking
from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from tests.query_plan import query_plan


class Process:
    """A replica, and whom it has handed over to whom."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.live = LiveCalls(build_sessions(engine))
        self.handed_over: list[tuple[str, str]] = []

    def hold(self, call_sid: str) -> AbstractContextManager[None]:
        async def hand_over(name: str) -> None:
            self.handed_over.append((call_sid, name))

        return self.live.call(call_sid, hand_over)


async def talk(engine: AsyncEngine, *call_sids: str) -> CallRecords:
    records = CallRecords(build_sessions(engine), now)
    for call_sid in call_sids:
        await records.ring(call_sid, caller="+12125550147", dialled="+15005550001")
        await records.claim(call_sid)
    return records


async def test_a_wish_reaches_the_process_that_holds_the_call(engine: AsyncEngine) -> None:
    records = await talk(engine, "CA1", "CA2")
    here, there = Process(engine), Process(engine)
    with here.hold("CA1"), there.hold("CA2"):
        assert await there.live.ask("CA1", "Rosa")
        for process in (here, there, here):
            await process.live.look()
    assert (here.handed_over, there.handed_over) == ([("CA1", "Rosa")], [])
    assert await records.is_wanted("CA1")
    assert not await records.is_wanted("CA2")
    receipt = await Receipts(build_sessions(engine)).of("CA1")
    assert receipt
    assert receipt.wanted_by == "Rosa"


async def test_a_wish_at_the_process_that_holds_the_call_is_granted_at_once(
    engine: AsyncEngine,
) -> None:
    await talk(engine, "CA1")
    process = Process(engine)
    with process.hold("CA1"):
        assert await process.live.ask("CA1", "Rosa")
        assert process.handed_over == [("CA1", "Rosa")]
        await process.live.look()
    assert process.handed_over == [("CA1", "Rosa")]


async def test_who_comes_second_or_too_late_is_told(engine: AsyncEngine) -> None:
    records = await talk(engine, "CA1", "CA2")
    process = Process(engine)
    assert await process.live.ask("CA1", "Rosa")
    assert not await process.live.ask("CA1", "Noor")
    await records.finish("CA2", Outcome.COMPLETED)
    assert not await process.live.ask("CA2", "Rosa")
    assert not await process.live.ask("CA3", "Rosa")


async def test_a_call_that_is_over_is_not_handed_over(engine: AsyncEngine) -> None:
    await talk(engine, "CA1")
    process = Process(engine)
    with process.hold("CA1"):
        assert await Process(engine).live.ask("CA1", "Rosa")
    await process.live.look()
    assert process.handed_over == []


async def test_what_goes_on_is_looked_for_among_the_latest_calls_alone(sqlite_url: str) -> None:
    """Everybody who watches asks once a second."""
    engine = build_engine(sqlite_url)
    async with engine.connect() as connection:
        plan = await query_plan(connection, talking(now()))
    await engine.dispose()
    assert plan[0].startswith("SEARCH calls USING INDEX calls_by_moment (rang_at>?"), plan


async def test_what_goes_on_is_what_rang_lately_and_has_no_end(
    engine: AsyncEngine,
) -> None:
    sessions = build_sessions(engine)
    records = await talk(engine, "CA1", "CA2", "CA3")
    await records.finish("CA2", Outcome.FAILED)
    await records.ring("CA4", caller=None, dialled="+15005550001")
    journal = CallJournal(sessions)
    turn, tool = Turn(now(), "agent", "Hello."), ToolUse(now(), "t1", "end_call", {})
    journal.of("CA1")(turn)
    journal.of("CA1")(tool)
    journal.of("CA2")(Turn(now(), "agent", "Not this one."))
    await journal.write()
    found = await Receipts(sessions).going_on(now() - timedelta(minutes=10))
    assert [(call.call_sid, call.turns, call.tools) for call in found] == [
        ("CA3", (), ()),
        ("CA1", (turn,), (tool,)),
    ]
    assert await Receipts(sessions).going_on(now() + timedelta(seconds=1)) == []
