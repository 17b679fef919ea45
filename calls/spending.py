"""What calls may cost: limits for each caller and for the day, over the records of all replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.lines import Refusal
from calls.records import Outcome
from calls.tables import CallRow, ModelUseRow
from database import READ_ONLY

UNANSWERED = timedelta(minutes=1)
"""A call whose socket has not come by then has gone another way."""

SLACK = timedelta(minutes=2)
"""After the longest call: what is still talking then died with its process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed; 0 is no limit.

    Attributes:
        at_once: calls of one caller at the same time.
        per_hour: calls of one caller within an hour.
        daily_tokens: of all calls since midnight.
        daily_cost_usd: of all calls since midnight; of models whose price is known.
        longest_call: how long a call may last.
    """

    at_once: int
    per_hour: int
    daily_tokens: int
    daily_cost_usd: float
    longest_call: timedelta


class Spending:
    """Looks whether one more call is within the limits.

    A caller without a number has no limits of their own: who is withheld is not one person.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        limits: Limits,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        """Watch over what calls cost.

        Args:
            sessions: makes database sessions.
            limits: what is allowed.
            zone: whose midnight begins a day.
            now: the time, aware.
        """
        self._sessions = sessions
        self._limits = limits
        self._zone = zone
        self._now = now

    async def refusal(self, call_sid: str, caller: str | None) -> Refusal | None:
        """Why a call that is on record already is not taken; None when it is."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            if caller is not None and (why := await self._of_caller(session, call_sid, caller)):
                return why
            return await self._of_day(session)

    async def _of_caller(self, session: AsyncSession, call_sid: str, caller: str) -> Refusal | None:
        now, limits = self._now(), self._limits
        others = (
            select(func.count())
            .select_from(CallRow)
            .where(CallRow.caller == caller, CallRow.call_sid != call_sid)
        )
        if await _reached(session, others.where(_going_on(now, limits)), limits.at_once):
            return Refusal.AT_ONCE
        lately = others.where(
            CallRow.rang_at > now - timedelta(hours=1), CallRow.outcome != Outcome.REFUSED
        )
        if await _reached(session, lately, limits.per_hour):
            return Refusal.TOO_OFTEN
        return None

    async def _of_day(self, session: AsyncSession) -> Refusal | None:
        midnight = self._now().astimezone(self._zone).replace(hour=0, minute=0, second=0)
        use = ModelUseRow
        tokens = (use.text_in + use.audio_in + use.cached_text_in + use.cached_audio_in) + (
            use.text_out + use.audio_out
        )
        query = select(func.sum(tokens), func.sum(use.cost_microdollars))
        row = (await session.execute(query.where(use.at >= midnight))).one()
        spent_tokens, spent_usd = int(row[0] or 0), float(row[1] or 0) / 1_000_000
        limits = self._limits
        if limits.daily_tokens and spent_tokens >= limits.daily_tokens:
            return Refusal.DAILY_TOKENS
        if limits.daily_cost_usd and spent_usd >= limits.daily_cost_usd:
            return Refusal.DAILY_COST
        return None


def _going_on(now: datetime, limits: Limits) -> ColumnElement[bool]:
    ringing = (CallRow.outcome == Outcome.RINGING) & (CallRow.rang_at > now - UNANSWERED)
    talking = (CallRow.outcome == Outcome.TALKING) & (
        CallRow.answered_at > now - limits.longest_call - SLACK
    )
    return ringing | talking


async def _reached(session: AsyncSession, count: Select[int], limit: int) -> bool:
    return bool(limit) and (await session.scalar(count) or 0) >= limit
