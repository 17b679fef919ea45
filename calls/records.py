"""What happened on the phone, as every replica can know it."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.tables import CallRow


class Outcome(StrEnum):
    """How far a call came.

    A call that is still `ringing` or `talking` when its stream is over was dropped by us: the
    process died, or the socket never opened.
    """

    RINGING = "ringing"
    TALKING = "talking"
    COMPLETED = "completed"
    FAILED = "failed"


class CallRecords:
    """The call records, one short transaction a method."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], now: Callable[[], datetime]
    ) -> None:
        """Keep records.

        Args:
            sessions: makes database sessions.
            now: the time, aware.
        """
        self._sessions = sessions
        self._now = now

    async def ring(self, call_sid: str, *, caller: str | None, dialled: str) -> None:
        """Note a call; a second webhook for the same call changes nothing."""
        try:
            async with self._sessions.begin() as session:
                session.add(
                    CallRow(
                        call_sid=call_sid,
                        caller=caller,
                        dialled=dialled,
                        outcome=Outcome.RINGING,
                        rang_at=self._now(),
                    )
                )
        except IntegrityError:
            return

    async def claim(self, call_sid: str) -> bool:
        """Take the call for the socket that asks; False when it is taken or never rang."""
        async with self._sessions.begin() as session:
            claimed = await session.execute(
                update(CallRow)
                .where(CallRow.call_sid == call_sid, CallRow.answered_at.is_(None))
                .values(answered_at=self._now(), outcome=Outcome.TALKING)
                .returning(CallRow.call_sid)
            )
            return claimed.scalar_one_or_none() is not None

    async def finish(self, call_sid: str, outcome: Outcome, reason: str | None = None) -> None:
        """Note how a call ended; the first outcome stays."""
        async with self._sessions.begin() as session:
            await session.execute(
                update(CallRow)
                .where(CallRow.call_sid == call_sid, CallRow.ended_at.is_(None))
                .values(outcome=outcome, reason=reason and reason[:500], ended_at=self._now())
            )

    async def outcome(self, call_sid: str) -> Outcome | None:
        """How far the call came; None for a call that never rang here."""
        async with self._sessions() as session:
            row = await session.get(CallRow, call_sid)
            return Outcome(row.outcome) if row else None
