"""What the weeks before left in the books: calls that ended in every way, many with a booking."""

import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk, BookingRequest
from booking.errors import BookingError
from booking.models import Actor
from booking.seed import Guest, guests
from booking.spa import Messages
from calls.entries import ModelUse, Tokens, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome
from tests.browser.moment import MOMENT

DAYS = range(2, 77, 2)
"""How long ago each call was; the newest first."""

OUTCOMES = (
    *[Outcome.COMPLETED] * 7,
    *[Outcome.TRANSFERRED] * 2,
    Outcome.MISSED,
)

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class _Call:
    """A call of the past."""

    at: datetime
    call_sid: str
    guest: Guest
    outcome: Outcome
    latency_ms: int


async def past_calls(catalog: Catalog, sessions: Sessions) -> None:
    """Let them have happened; what was booked in them was before this week."""
    quiet = catalog.model_copy(update={"messages": Messages(enabled=False)})
    journal = CallJournal(sessions)
    choice, regulars = random.Random(1), list(guests())
    for ago in DAYS:
        hour, minute = choice.randrange(9, 18), choice.randrange(60)
        call = _Call(
            (MOMENT - timedelta(days=ago)).replace(hour=hour, minute=minute),
            f"CA{ago:032x}",
            choice.choice(regulars),
            choice.choice(OUTCOMES),
            round(choice.gauss(700, 90)),
        )
        await _talk(call, sessions, journal)
        if call.outcome is Outcome.COMPLETED and ago > 4:
            await _book(call, quiet, sessions)
    await journal.write()


async def _talk(call: _Call, sessions: Sessions, journal: CallJournal) -> None:
    records = CallRecords(sessions, lambda: call.at)
    await records.ring(call.call_sid, caller=call.guest.phone, dialled="+15005550001")
    if call.outcome is not Outcome.MISSED:
        await records.claim(call.call_sid)
        add = journal.of(call.call_sid)
        after = call.at + timedelta(seconds=20)
        add(Turn(after, "agent", "What can I do for you?", call.latency_ms))
        add(ModelUse(after, "gpt-realtime-2.1", Tokens(900, 210), 0.0, 60 * call.latency_ms))
    ended = CallRecords(sessions, lambda: call.at + timedelta(seconds=call.latency_ms // 8))
    await ended.finish(call.call_sid, call.outcome)


async def _book(call: _Call, catalog: Catalog, sessions: Sessions) -> None:
    desk = BookingDesk(catalog, sessions, lambda: call.at)
    treatment = catalog.treatments[call.latency_ms % len(catalog.treatments)]
    with suppress(BookingError):  # closed, or full
        found = await desk.find_openings(treatment, call.at.date() + timedelta(days=2))
        opening = found.openings[0]
        request = BookingRequest(
            treatment, opening.starts_at, name=call.guest.name, team=opening.therapists
        )
        await desk.book(request, Actor("caller", call.guest.phone, call.call_sid))
