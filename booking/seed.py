"""Three weeks of believable bookings, so that a demo and a new dashboard are not empty.

They are made through the desk, with its rules, as if guests had booked in the weeks before; the
same day gives the same bookings.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk, BookingRequest
from booking.errors import BookingError
from booking.models import Actor
from booking.spa import Messages
from booking.tables import AppointmentRow
from database import READ_ONLY

DAYS_BACK, DAYS_AHEAD = 7, 14
"""A week that was, and two to come."""

BUSY = 0.7
"""The share of the wishes that a good day of the house fills."""

WISHES_A_DAY = 14
MOST_DAYS_BEFORE = 20
"""So long before a day, or before today if that is earlier, its bookings were made at most."""

CANCELLED = 0.06
"""The share of bookings that were cancelled again."""

FIRST_NAMES = (
    "Ada", "Ben", "Carla", "Deniz", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas",
    "Keiko", "Liam", "Mona", "Nils", "Olga", "Pablo", "Rosa", "Samir", "Tara", "Viktor",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Baker", "Cohen", "Diaz", "Eriksen", "Fontaine", "Garcia", "Hansen", "Ito",
    "Jensen", "Kowalski", "Lopez", "Moreau", "Novak", "Okafor", "Patel", "Quinn", "Rossi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who comes again and again."""

    name: str
    phone: str


class NotEmpty(Exception):
    """There are appointments already, which a seed would mix with inventions."""


async def seed(catalog: Catalog, sessions: async_sessionmaker[AsyncSession], today: date) -> int:
    """Fill an empty appointment book around a day.

    Returns:
        How many appointments were made, the cancelled ones included.

    Raises:
        NotEmpty: the book is not empty.
    """
    if await _has_appointments(sessions):
        raise NotEmpty("the database has appointments already; a seed wants an empty one")
    quiet = catalog.model_copy(update={"messages": Messages(enabled=False)})
    choice = random.Random(today.toordinal())  # noqa: S311  believable, not secret
    leads = random.Random(0)  # noqa: S311  believable, not secret
    regulars = list(guests())
    made = 0
    for ahead in range(-DAYS_BACK, DAYS_AHEAD):
        before = leads.randint(0, MOST_DAYS_BEFORE)
        desk = _desk_on(today + timedelta(days=min(ahead, 0) - before), quiet, sessions)
        made += await _fill(desk, today + timedelta(days=ahead), regulars, choice)
    return made


def _desk_on(
    day: date, catalog: Catalog, sessions: async_sessionmaker[AsyncSession]
) -> BookingDesk:
    """A desk for which it is the morning of a day."""
    morning = datetime.combine(day, time(6), catalog.spa.zone)
    return BookingDesk(catalog, sessions, lambda: morning)


async def _has_appointments(sessions: async_sessionmaker[AsyncSession]) -> bool:
    async with sessions() as session:
        await session.connection(execution_options=READ_ONLY)
        return await session.scalar(select(AppointmentRow.id).limit(1)) is not None


async def _fill(desk: BookingDesk, day: date, regulars: list[Guest], choice: random.Random) -> int:
    """Let guests wish for a day until it is as busy as days are; says how many came through."""
    made = 0
    for guest in choice.sample(regulars, WISHES_A_DAY):
        treatment = choice.choice(desk.catalog.treatments)
        if choice.random() > BUSY:
            continue
        caller = Actor("caller", guest.phone)
        try:
            offers = (await desk.find_openings(treatment, day)).openings
            opening = choice.choice(offers)
            request = BookingRequest(
                treatment, opening.starts_at, name=guest.name, team=opening.therapists
            )
            appointment = await desk.book(request, caller)
        except BookingError:  # closed, full, or a guest with enough appointments: as in life
            continue
        made += 1
        if choice.random() < CANCELLED:
            await desk.cancel(caller, appointment.code, "something came up")
    return made


def guests() -> Iterator[Guest]:
    """Regulars with numbers that nobody has: 555-0100 to 555-0199 are kept for fiction."""
    for place in range(100):
        first, last = FIRST_NAMES[place % len(FIRST_NAMES)], LAST_NAMES[place % len(LAST_NAMES)]
        yield Guest(f"{first} {last}", f"+1212555{100 + place:04}")
