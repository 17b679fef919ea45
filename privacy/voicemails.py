"""Voicemails, which Twilio keeps: deleted there, and then forgotten here."""

from collections.abc import Iterable
from typing import Protocol

from loguru import logger
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.tables import CallRow
from telephony.errors import TextError


class Recordings(Protocol):
    """Where recordings are; see `telephony.recordings`."""

    async def delete(self, recording_sid: str) -> None:
        """Delete one; one that is gone is fine."""
        ...


async def delete_voicemails(
    sessions: async_sessionmaker[AsyncSession], recordings: Recordings, sids: Iterable[str]
) -> tuple[str, ...]:
    """Delete voicemails one after the other; gives those that Twilio did not delete.

    They stay on record, so that the next attempt finds them.
    """
    left: list[str] = []
    for sid in sids:
        try:
            await recordings.delete(sid)
        except TextError as error:
            logger.error("Voicemail {} is not deleted: {}", sid, error)
            left.append(sid)
            continue
        async with sessions.begin() as session:
            await session.execute(
                update(CallRow)
                .where(CallRow.voicemail_sid == sid)
                .values(voicemail_sid=None, voicemail_url=None, voicemail_secs=None)
            )
    return tuple(left)
