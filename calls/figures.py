"""What calls come to, stretch by stretch of time: for people who look at weeks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import BigInteger, Select, cast, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.records import Outcome
from calls.tables import CallRow, ModelUseRow, TurnRow
from database import READ_ONLY, stretch_of

STEP_MS = 20
"""So exact are latencies: they are counted in steps, since SQLite knows no percentiles."""

HALF_HOUR_SECS = 1800
"""Zones differ from UTC by whole ones of these, nearly all of them."""

ANSWERED = (Outcome.COMPLETED, Outcome.TRANSFERRED, Outcome.FAILED)


@dataclass(slots=True)
class Called:
    """What calls came to in a stretch of time.

    Attributes:
        outcomes: how many calls ended how.
        latencies: how many turns were answered within which step of `STEP_MS`.
        cost_usd: of the models, where prices are known.
    """

    outcomes: Counter[str] = field(default_factory=Counter[str])
    latencies: Counter[int] = field(default_factory=Counter[int])
    cost_usd: float = 0.0

    @property
    def answered(self) -> int:
        """How many callers talked with the agent."""
        return sum(self.outcomes[outcome] for outcome in ANSWERED)

    def latency_ms(self, share: float) -> int | None:
        """Within which time so large a share of the turns was answered; None without any."""
        wanted = share * self.latencies.total()
        reached = 0
        for step in sorted(self.latencies):
            reached += self.latencies[step]
            if reached >= wanted:
                return (step + 1) * STEP_MS
        return None


class CallFigures:
    """Reads figures; writes nothing. The database does the adding up: calls go on meanwhile."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Read from a database."""
        self._sessions = sessions

    async def called(self, bounds: Sequence[datetime]) -> list[Called]:
        """What calls came to between each two of some moments, which are in order."""
        found = [Called() for _ in bounds[1:]]
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            for number, outcome, count in await session.execute(outcomes(bounds)):
                found[number].outcomes[outcome] = count
            for number, step, count in await session.execute(latencies(bounds)):
                found[number].latencies[step] = count
            for number, microdollars in await session.execute(costs(bounds)):
                found[number].cost_usd = int(microdollars or 0) / 1_000_000
        return found

    async def busiest(
        self, since: datetime, until: datetime, zone: tzinfo
    ) -> Counter[tuple[int, int]]:
        """How many calls rang on which day of the week (Monday is 0) in which hour there."""
        found: Counter[tuple[int, int]] = Counter()
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            for half_hour, count in await session.execute(half_hours(since, until)):
                local = datetime.fromtimestamp(half_hour * HALF_HOUR_SECS, zone)
                found[local.weekday(), local.hour] += count
        return found


def outcomes(bounds: Sequence[datetime]) -> Select[int, str, int]:
    """Calls by stretch and outcome."""
    stretch = stretch_of(CallRow.rang_at.expression, bounds).label("stretch")
    return (
        select(stretch, CallRow.outcome, func.count())
        .where(CallRow.rang_at >= bounds[0], CallRow.rang_at < bounds[-1])
        .group_by(stretch, CallRow.outcome)
    )


def latencies(bounds: Sequence[datetime]) -> Select[int, Any, int]:
    """Answered turns by stretch and step."""
    stretch = stretch_of(TurnRow.at.expression, bounds).label("stretch")
    step = (TurnRow.latency_ms // STEP_MS).label("step")
    return (
        select(stretch, step, func.count())
        .where(TurnRow.at >= bounds[0], TurnRow.at < bounds[-1], TurnRow.latency_ms.is_not(None))
        .group_by(stretch, step)
    )


def costs(bounds: Sequence[datetime]) -> Select[int, int | None]:
    """Millionths of US dollars by stretch."""
    stretch = stretch_of(ModelUseRow.at.expression, bounds).label("stretch")
    return (
        select(stretch, func.sum(ModelUseRow.cost_microdollars))
        .where(ModelUseRow.at >= bounds[0], ModelUseRow.at < bounds[-1])
        .group_by(stretch)
    )


def half_hours(since: datetime, until: datetime) -> Select[int, int]:
    """Calls by the half hour in which they rang, counted from 1970."""
    secs = cast(func.floor(extract("epoch", CallRow.rang_at)), BigInteger)
    half_hour = (secs // HALF_HOUR_SECS).label("half_hour")
    return (
        select(half_hour, func.count())
        .where(CallRow.rang_at >= since, CallRow.rang_at < until)
        .group_by(half_hour)
    )
