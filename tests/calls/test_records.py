import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.receipts import Receipts
from calls.records import CallRecords, Outcome, Voicemail
from database import build_sessions
from tests.booking.setting import FrozenClock

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture
def records(engine: AsyncEngine) -> CallRecords:
    return CallRecords(build_sessions(engine), lambda: NOW)


async def ring(records: CallRecords) -> None:
    await records.ring("CA1", caller="+16175551212", dialled="+15005550001")


async def test_a_call_that_rings_twice_is_one_call(records: CallRecords) -> None:
    await ring(records)
    await ring(records)
    assert await records.outcome("CA1") is Outcome.RINGING


async def test_a_call_is_claimed_once_even_in_a_race(records: CallRecords) -> None:
    await ring(records)
    claims = await asyncio.gather(*(records.claim("CA1") for _ in range(5)))
    assert sorted(claim is not None for claim in claims) == [False, False, False, False, True]
    assert [claim.caller for claim in claims if claim] == ["+16175551212"]
    assert await records.outcome("CA1") is Outcome.TALKING


async def test_a_call_that_never_rang_is_nobodys(records: CallRecords) -> None:
    assert not await records.claim("CA9")
    assert await records.outcome("CA9") is None
    await records.finish("CA9", Outcome.COMPLETED)
    assert await records.outcome("CA9") is None


async def test_the_first_outcome_stays(records: CallRecords) -> None:
    await ring(records)
    await records.finish("CA1", Outcome.FAILED, "x" * 1000)
    await records.finish("CA1", Outcome.COMPLETED)
    await ring(records)
    assert await records.outcome("CA1") is Outcome.FAILED


@asynccontextmanager
async def without_tables(engine: AsyncEngine) -> AsyncGenerator[None]:
    """The database refuses whatever is asked of it about calls."""
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls RENAME TO elsewhere"))
    yield
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO calls"))


async def test_what_the_database_does_not_take_is_noted_when_it_is_back(
    engine: AsyncEngine,
) -> None:
    clock, sessions = FrozenClock(NOW), build_sessions(engine)
    records = CallRecords(sessions, clock)
    await ring(records)
    async with without_tables(engine):
        await records.note_end("CA1", Outcome.TRANSFERRED, "a person was asked for")
        await records.desk_rang("CA1", "no-answer")
        await records.keep_voicemail("CA1", Voicemail("RE1", "https://api.twilio.com/RE1", 9))
        await records.over("CA1")
        with pytest.raises(SQLAlchemyError):
            await records.catch_up()
    clock.forward(hours=1)
    await records.catch_up()
    receipt = await Receipts(sessions).of("CA1")
    assert receipt is not None
    assert (receipt.outcome, receipt.reason) == ("transferred", "a person was asked for")
    assert receipt.ended_at == NOW
    assert (receipt.desk_answer, receipt.voicemail_sid) == ("no-answer", "RE1")


async def test_odd_characters_keep_no_call_open(records: CallRecords) -> None:
    await ring(records)
    await records.note_end("CA1", Outcome.FAILED, "the model closed the socket: \0\ud800")
    assert await records.outcome("CA1") is Outcome.FAILED
