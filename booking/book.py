"""The appointment book as one process holds it: opened for one transaction at a time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.codes import new_code
from booking.errors import DeskBusy, OpeningTaken
from booking.ledger import Ledger
from booking.models import Actor, Opening
from booking.openings import Wish
from booking.search import Search
from booking.transactions import reading, writing

T = TypeVar("T")


class AppointmentBook:
    """What every use-case of the desk needs: the spa, the database and the time."""

    def __init__(
        self,
        catalog: Catalog,
        sessions: async_sessionmaker[AsyncSession],
        now: Callable[[], datetime],
        *,
        make_code: Callable[[], str] = new_code,
    ) -> None:
        """Open the book.

        Args:
            catalog: the spa.
            sessions: makes database sessions.
            now: the time, aware.
            make_code: makes confirmation codes.
        """
        self.catalog = catalog
        self._sessions = sessions
        self._now = now
        self._make_code = make_code

    def now(self) -> datetime:
        """The time it is at the spa."""
        return self._now().astimezone(self.catalog.spa.zone)

    def today(self) -> date:
        """The day it is at the spa."""
        return self.now().date()

    def with_clock(self, now: Callable[[], datetime]) -> Self:
        """The same book at another time."""
        return type(self)(self.catalog, self._sessions, now, make_code=self._make_code)

    async def _read(self, actor: Actor, work: Callable[[Ledger], Awaitable[T]]) -> T:
        now = self._now().astimezone(UTC)
        return await reading(
            self._sessions, lambda session: work(Ledger(session, self.catalog, now, actor))
        )

    async def _write(self, actor: Actor, work: Callable[[Ledger], Awaitable[T]]) -> T:
        now = self._now().astimezone(UTC)
        return await writing(
            self._sessions, lambda session: work(Ledger(session, self.catalog, now, actor))
        )

    async def _take(self, actor: Actor, wish: Wish, work: Callable[[Ledger], Awaitable[T]]) -> T:
        """Write what takes an opening: who loses it to others every time hears what is left."""

        async def left(ledger: Ledger) -> list[Opening]:
            return await Search(ledger).alternatives(wish)

        try:
            return await self._write(actor, work)
        except DeskBusy as error:
            raise OpeningTaken(alternatives=await self._read(actor, left)) from error
