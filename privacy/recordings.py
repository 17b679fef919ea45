"""Recordings of calls: deleted where they are, and then forgotten on record."""

import asyncio
from collections.abc import Iterable

from loguru import logger
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.shelf import Shelf
from calls.tables import CallRow


async def delete_recordings(
    sessions: async_sessionmaker[AsyncSession], shelf: Shelf, call_sids: Iterable[str]
) -> tuple[str, ...]:
    """Delete recordings one after the other; gives the calls whose recording is not deleted.

    They stay on record, so that the next attempt finds them.
    """
    left: list[str] = []
    for call_sid in call_sids:
        try:
            await asyncio.to_thread(shelf.delete, call_sid)
        except Exception as error:  # every store has errors of its own
            logger.error("Recording of {} is not deleted: {!r}", call_sid, error)
            left.append(call_sid)
            continue
        async with sessions.begin() as session:
            await session.execute(
                update(CallRow).where(CallRow.call_sid == call_sid).values(recorded=False)
            )
    return tuple(left)
