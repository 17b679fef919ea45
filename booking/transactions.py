"""One use-case, one transaction; what collides with another one is tried again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.errors import DeskBusy
from booking.tables import NO_OVERLAP
from database import READ_ONLY, NoTurn

ATTEMPTS = 4
"""Who collides has lost to somebody who got through, and sees on the next look what is left."""

_COLLISIONS = ("23P01", "23505", "40001", "40P01", "55P03")
"""PostgreSQL: exclusion, unique, serialization, deadlock, and a lock waited for in vain."""

_SQLITE_COLLISIONS = (NO_OVERLAP, "UNIQUE constraint failed", "database is locked")

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

    `work` may run several times: it must look again at everything. There is no pause between
    two attempts, because waiting is what the database did before it gave up.

    Raises:
        DeskBusy: the change collided with others every time, or never got its turn.
    """
    attempt = 1
    while True:
        try:
            async with sessions.begin() as session:
                return await work(session)
        except NoTurn as error:
            raise DeskBusy from error
        except DBAPIError as error:
            if not _is_collision(error):
                raise
            if attempt == ATTEMPTS:
                raise DeskBusy from error
        attempt += 1


def _is_collision(error: DBAPIError) -> bool:
    """Whether somebody else was faster, and not that we wrote nonsense."""
    if (sqlstate := getattr(error.orig, "sqlstate", None)) is not None:
        return sqlstate in _COLLISIONS
    return any(sign in str(error.orig) for sign in _SQLITE_COLLISIONS)
