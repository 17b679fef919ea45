"""One use-case, one transaction; what collides with another one is tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.errors import OpeningTaken
from database import READ_ONLY

ATTEMPTS = 6
"""Each attempt that collides has lost to somebody who got through, so a few are many."""

PAUSE_SECS = 0.02
"""Before the second attempt; twice as long before each further one."""

_COLLISIONS = ("40001", "40P01")
"""PostgreSQL: serialization failure, deadlock."""

T = TypeVar("T")


async def reading(
    sessions: async_sessionmaker[AsyncSession], work: Callable[[AsyncSession], Awaitable[T]]
) -> T:
    """Run a look into the book."""
    async with sessions() as session:
        await session.connection(execution_options=READ_ONLY)
        return await work(session)


async def writing(
    sessions: async_sessionmaker[AsyncSession], work: Callable[[AsyncSession], Awaitable[T]]
) -> T:
    """Run a change of the book; all of it happens, or nothing.

    `work` may run several times: it must look again at everything.

    Raises:
        OpeningTaken: the change collided with others every time.
    """
    for attempt in range(ATTEMPTS):
        try:
            async with sessions.begin() as session:
                return await work(session)
        except DBAPIError as error:
            if not _is_collision(error):
                raise
        await asyncio.sleep(PAUSE_SECS * 2**attempt)
    raise OpeningTaken("That time was just taken.")


def _is_collision(error: DBAPIError) -> bool:
    """Whether somebody else was faster: an overlap or a repeat, a lock, a deadlock."""
    if isinstance(error, IntegrityError):
        return True
    if getattr(error.orig, "sqlstate", None) in _COLLISIONS:
        return True
    return isinstance(error, OperationalError) and "locked" in str(error.orig)
