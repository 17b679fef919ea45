"""Calls that are going on: what the front desk asks of them, from whichever replica.

Replicas share the database and nothing else. So the desk's wish is noted there, and a process that
holds calls looks now and then for those that were noted by another.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from loguru import logger
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.records import Outcome
from calls.tables import CallRow
from database import READ_ONLY

HandOver = Callable[[str], Awaitable[None]]
"""Hands a call over to somebody at the front desk, by their name."""

_WANTED = select(CallRow.call_sid, CallRow.wanted_by).where(
    CallRow.call_sid.in_(bindparam("calls", expanding=True)), CallRow.wanted_by.is_not(None)
)
"""To build the query each time costs more than the database's answer."""


class LiveCalls:
    """The calls of this process that a person may take."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Hold no call yet."""
        self._sessions = sessions
        self._calls: dict[str, HandOver] = {}

    @contextmanager
    def call(self, call_sid: str, hand_over: HandOver) -> Generator[None]:
        """Let the desk have this call as long as it is entered."""
        self._calls[call_sid] = hand_over
        try:
            yield
        finally:
            self._calls.pop(call_sid, None)

    async def ask(self, call_sid: str, name: str) -> bool:
        """Hand a call over; false when it is over, or somebody else was first.

        Args:
            call_sid: the call, of any replica.
            name: of who wants it.
        """
        async with self._sessions.begin() as session:
            noted = await session.execute(
                update(CallRow)
                .where(
                    CallRow.call_sid == call_sid,
                    CallRow.outcome == Outcome.TALKING,
                    CallRow.wanted_by.is_(None),
                )
                .values(wanted_by=name[:64])
                .returning(CallRow.call_sid)
            )
            if noted.one_or_none() is None:
                return False
        await self._give(call_sid, name)
        return True

    async def look(self) -> None:
        """Hand over the calls of this process that somebody wants who asked another."""
        if not self._calls:
            return
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            wanted = (await session.execute(_WANTED, {"calls": list(self._calls)})).all()
        for call_sid, name in wanted:
            if name is not None:
                await self._give(call_sid, name)

    async def _give(self, call_sid: str, name: str) -> None:
        """Hand over a call, if this process still holds it."""
        if hand_over := self._calls.pop(call_sid, None):
            with logger.contextualize(call_sid=call_sid):
                logger.info("Somebody at the front desk takes the call")
                await hand_over(name)
