"""What happens in calls reaches the database, whenever the database is there."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.entries import Entry, ModelUse, Tokens, ToolUse, Turn
from calls.journal import CallJournal
from calls.receipts import Receipt, Receipts
from calls.records import CallRecords
from database import build_engine, build_sessions

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)


async def ring(engine: AsyncEngine, call_sid: str = "CA1") -> None:
    records = CallRecords(build_sessions(engine), lambda: NOW)
    await records.ring(call_sid, caller="+16175551212", dialled="+15005550001")


async def receipt_of(engine: AsyncEngine, call_sid: str = "CA1") -> Receipt:
    receipt = await Receipts(build_sessions(engine)).of(call_sid)
    assert receipt
    return receipt


async def test_everything_that_happened_is_on_the_receipt(engine: AsyncEngine) -> None:
    await ring(engine)
    happened: list[Entry] = [
        Turn(NOW, "agent", "Hello!"),
        Turn(LATER, "caller", "A massage, please.", 400),
        ToolUse(LATER, "call_1", "book_appointment", {"time": "14:00"}, {"ok": True}, True, 35),
        ToolUse(NOW, "call_2", "end_call", {}),
        ModelUse(NOW, "a-model", Tokens(1, 2, 3, 4, 5, 6), 0.0, 120),
        ModelUse(LATER, "another", Tokens(), 2.5, None),
    ]
    journal = CallJournal(build_sessions(engine))
    add = journal.of("CA1")
    for entry in happened:
        add(entry)
    await journal.write()
    receipt = await receipt_of(engine)
    assert receipt.turns == (happened[0], happened[1])
    assert receipt.tools == (happened[3], happened[2])
    assert receipt.model_uses == (happened[4], happened[5])


async def test_what_may_have_been_written_is_not_there_twice(engine: AsyncEngine) -> None:
    await ring(engine)
    sessions, turn = build_sessions(engine), Turn(NOW, "agent", "Hello!")
    for _ in range(2):
        journal = CallJournal(sessions)
        journal.of("CA1")(turn)
        await journal.write()
    assert (await receipt_of(engine)).turns == (turn,)


async def test_a_call_that_never_rang_has_no_receipt(engine: AsyncEngine) -> None:
    await ring(engine)
    journal = CallJournal(build_sessions(engine))
    journal.of("CA9")(Turn(NOW, "agent", "Hello!"))
    journal.of("CA1")(Turn(NOW, "agent", "Welcome!"))
    await journal.write()
    assert [turn.text for turn in (await receipt_of(engine)).turns] == ["Welcome!"]
    assert await Receipts(build_sessions(engine)).of("CA9") is None


async def test_odd_characters_hold_nothing_up(engine: AsyncEngine) -> None:
    await ring(engine)
    journal = CallJournal(build_sessions(engine))
    add = journal.of("CA1")
    add(Turn(NOW, "caller", "Ada\0 \ud800\U0001f9d6"))
    add(ToolUse(NOW, "\0" * 500 + "c" * 500, "n" * 500, {"name": "\0\ud800"}))
    await journal.write()
    receipt = await receipt_of(engine)
    assert receipt.turns[0].text == "Ada ?\U0001f9d6"
    assert (receipt.tools[0].tool_call_id, receipt.tools[0].name) == ("c" * 128, "n" * 64)


async def test_a_database_that_was_gone_gets_everything_later(
    sqlite_url: str,
) -> None:
    engine = build_engine(sqlite_url, lock_wait_ms=1)
    await ring(engine)
    journal = CallJournal(build_sessions(engine))
    add = journal.of("CA1")
    add(Turn(NOW, "agent", "Hello!"))
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))  # its BEGIN IMMEDIATE locks out every writer
        with pytest.raises(SQLAlchemyError):
            await journal.write()
        add(Turn(LATER, "caller", "Still there?"))
    await journal.write()
    assert [turn.text for turn in (await receipt_of(engine)).turns] == ["Hello!", "Still there?"]
    await engine.dispose()


async def test_a_full_journal_loses_the_oldest_and_says_so(engine: AsyncEngine) -> None:
    await ring(engine)
    journal = CallJournal(build_sessions(engine), most_kept=3, at_once=2)
    add = journal.of("CA1")
    for n in range(5):
        add(Turn(NOW + timedelta(seconds=n), "agent", str(n)))
    await journal.write()
    assert [turn.text for turn in (await receipt_of(engine)).turns] == ["2", "3", "4"]


async def test_what_happens_while_it_is_written_is_kept(engine: AsyncEngine) -> None:
    await ring(engine)
    journal = CallJournal(build_sessions(engine))
    add = journal.of("CA1")
    add(Turn(NOW, "agent", "Hello!"))

    news = [Turn(LATER, "caller", "Hello?")]

    def meanwhile(*_: object) -> None:
        if news:
            add(news.pop())

    event.listen(engine.sync_engine, "commit", meanwhile)
    await journal.write()
    assert [turn.text for turn in (await receipt_of(engine)).turns] == ["Hello!", "Hello?"]
