"""The calendars' addresses. Whoever has one may read that calendar: it is signed, not guessed."""

from datetime import timedelta

from fastapi import HTTPException, Request, Response, status

from booking.desk import BookingDesk
from calendars.document import customers_file, staff_feed
from calendars.keys import APPOINTMENT, THERAPIST, CalendarKeys, KeyRejected

SHOWN_BACK = timedelta(days=30)
"""How much of the past a feed shows."""

FRESH_SECS = 300
"""How long a calendar may be kept without asking again."""


class Calendars:
    """The calendars of a desk, each behind its key."""

    def __init__(self, desk: BookingDesk, keys: CalendarKeys) -> None:
        """Show the appointments of a desk to who has a key."""
        self._desk = desk
        self._keys = keys

    async def read(self, key: str) -> bytes | None:
        """The calendar behind a key; None when there is none."""
        try:
            wanted = self._keys.read(key)
        except KeyRejected:
            return None
        kind, whose = wanted[0], wanted[-1]
        if kind == APPOINTMENT:
            entry = await self._desk.calendar_entry(whose)
            return customers_file(self._desk.catalog, entry) if entry else None
        if kind == THERAPIST:
            return await self._feed(whose) if whose in self._names() else None
        return await self._feed(None)

    def _names(self) -> set[str]:
        return {person.name for person in self._desk.catalog.therapists}

    async def _feed(self, therapist: str | None) -> bytes:
        catalog = self._desk.catalog
        entries = await self._desk.calendar(self._desk.today() - SHOWN_BACK)
        mine = [
            entry
            for entry in entries
            if therapist is None or therapist in entry.appointment.therapists
        ]
        name = f"{catalog.spa.name}: {therapist}" if therapist else catalog.spa.name
        return staff_feed(catalog, mine, name)


async def calendar(request: Request, key: str) -> Response:
    """A calendar, as phones subscribe to it or open it."""
    calendars: Calendars = request.app.state.calendars
    document = await calendars.read(key)
    if document is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such calendar.")
    headers = {"Cache-Control": f"private, max-age={FRESH_SECS}"}
    return Response(document, media_type="text/calendar", headers=headers)
