"""Who may call how often, and what a day may cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.entries import ModelUse, Tokens
from calls.journal import CallJournal
from calls.lines import Refusal
from calls.records import CallRecords, Outcome
from calls.spending import Limits, Spending
from database import build_sessions

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
MIDNIGHT = datetime(2026, 11, 30, 5, tzinfo=UTC)
ADA, EVE = "+16175551212", "+12125550147"
NONE = Limits(0, 0, 0, 0.0, timedelta(minutes=15))


class Phone:
    """Lets calls ring and end at any time, and asks whether the next one is taken."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.sessions = build_sessions(engine)
        self._calls = 0

    async def ring(self, caller: str | None = ADA, *, ago: timedelta = timedelta()) -> str:
        self._calls += 1
        call_sid = f"CA{self._calls}"
        await self._at(ago).ring(call_sid, caller=caller, dialled="+15005550001")
        return call_sid

    async def talk(self, caller: str = ADA, *, ago: timedelta = timedelta()) -> str:
        call_sid = await self.ring(caller, ago=ago)
        assert await self._at(ago).claim(call_sid)
        return call_sid

    async def end(self, call_sid: str, outcome: Outcome = Outcome.COMPLETED) -> None:
        await self._at(timedelta()).finish(call_sid, outcome)

    async def spend(self, use: ModelUse) -> None:
        call_sid = await self.ring(EVE)
        journal = CallJournal(self.sessions)
        journal.of(call_sid)(use)
        await journal.write()

    async def asks(self, limits: Limits, caller: str | None = ADA) -> Refusal | None:
        """The answer to one more call, which stays on record as refused."""
        call_sid = await self.ring(caller)
        refusal = await Spending(self.sessions, limits, ZONE, lambda: NOW).refusal(call_sid, caller)
        await self.end(call_sid, Outcome.REFUSED)
        return refusal

    def _at(self, ago: timedelta) -> CallRecords:
        return CallRecords(self.sessions, lambda: NOW - ago)


@pytest.fixture
def phone(engine: AsyncEngine) -> Phone:
    return Phone(engine)


def limits(**changes: Any) -> Limits:
    return replace(NONE, **changes)


async def test_a_caller_has_so_many_calls_at_once(phone: Phone) -> None:
    two = limits(at_once=2)
    first = await phone.talk()
    assert await phone.asks(two) is None
    await phone.ring()
    assert await phone.asks(two) is Refusal.AT_ONCE
    assert await phone.asks(two, EVE) is None
    await phone.end(first)
    assert await phone.asks(two) is None


async def test_calls_that_nobody_ended_are_over_some_day(phone: Phone) -> None:
    one = limits(at_once=1)
    await phone.ring(ago=timedelta(minutes=2))
    await phone.talk(ago=timedelta(minutes=18))
    assert await phone.asks(one) is None
    await phone.talk(ago=timedelta(minutes=14))
    assert await phone.asks(one) is Refusal.AT_ONCE


async def test_a_caller_has_so_many_calls_within_an_hour(phone: Phone) -> None:
    two = limits(per_hour=2)
    for minutes in (70, 50, 10):
        await phone.end(await phone.ring(ago=timedelta(minutes=minutes)))
    assert await phone.asks(two) is Refusal.TOO_OFTEN
    assert await phone.asks(limits(per_hour=3)) is None
    assert await phone.asks(two, EVE) is None


async def test_calls_that_were_refused_keep_nobody_out(phone: Phone) -> None:
    for _ in range(5):
        assert await phone.asks(limits(per_hour=1)) is None


async def test_withheld_numbers_are_not_one_caller(phone: Phone) -> None:
    for _ in range(3):
        await phone.ring(None)
    assert await phone.asks(limits(at_once=1, per_hour=1), None) is None


async def test_a_day_costs_so_much_from_midnight_where_the_spa_is(phone: Phone) -> None:
    dollar = limits(daily_cost_usd=1.0)
    before = ModelUse(MIDNIGHT - timedelta(seconds=1), "a", cost_microdollars=9_000_000)
    await phone.spend(before)
    await phone.spend(ModelUse(MIDNIGHT, "a", cost_microdollars=600_000))
    await phone.spend(ModelUse(NOW, "unknown"))
    assert await phone.asks(dollar) is None
    await phone.spend(ModelUse(NOW, "a", cost_microdollars=400_000))
    assert await phone.asks(dollar) is Refusal.DAILY_COST
    assert await phone.asks(dollar, None) is Refusal.DAILY_COST
    assert await phone.asks(NONE) is None


async def test_a_day_takes_so_many_tokens_of_all_kinds(phone: Phone) -> None:
    await phone.spend(ModelUse(NOW, "unknown", Tokens(1, 2, 3, 4, 5, 6)))
    assert await phone.asks(limits(daily_tokens=22)) is None
    assert await phone.asks(limits(daily_tokens=21)) is Refusal.DAILY_TOKENS
