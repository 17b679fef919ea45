import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.records import CallRecords, Outcome
from database import build_sessions

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
