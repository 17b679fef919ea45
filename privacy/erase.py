"""Erasing a person for good: in the database, on the shelf and at Twilio."""

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.models import Customer
from calls.captures import delete_captures
from calls.shelf import Shelf
from privacy.forget import Forgotten, forget, forget_one
from privacy.recordings import delete_recordings
from privacy.voicemails import Recordings, delete_voicemails


class Eraser:
    """Erases numbers and customers; what cannot be deleted where it is stays on record."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        shelf: Shelf,
        voicemails: Recordings | None,
        captures: Path,
    ) -> None:
        """Erase from all places.

        Args:
            sessions: makes database sessions.
            shelf: where recordings are.
            voicemails: at Twilio; None when its REST interface is not configured.
            captures: the folder of captured calls.
        """
        self._sessions = sessions
        self._shelf = shelf
        self._voicemails = voicemails
        self._captures = captures

    async def erase(self, phone: str) -> Forgotten:
        """Erase a number and whoever has it; in what is told, only what is left has an id."""
        return await self._delete(await forget(self._sessions, phone))

    async def erase_customer(self, customer: Customer) -> tuple[str, ...]:
        """Erase a customer and their number; gives the ids of what is left.

        A number that was only said on the phone may be somebody else's, who is left in peace.
        """
        found = [await self.erase(customer.phone)] if customer.phone else []
        found.append(await self._delete(await forget_one(self._sessions, customer.id)))
        left = (sid for one in found for sid in (*one.voicemails, *one.recordings))
        return tuple(dict.fromkeys(left))

    async def _delete(self, found: Forgotten) -> Forgotten:
        await asyncio.to_thread(delete_captures, self._captures, found.call_sids)
        recordings = await delete_recordings(self._sessions, self._shelf, found.recordings)
        voicemails = found.voicemails
        if self._voicemails is not None:
            voicemails = await delete_voicemails(self._sessions, self._voicemails, voicemails)
        return replace(found, recordings=recordings, voicemails=voicemails)
