"""Three weeks of believable bookings, so that a demo and a new dashboard are not empty.

They are made through the desk, with its rules, as if the staff had booked them on the first day;
the same day gives the same bookings.
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
class _Guest:
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
    opened_at = datetime.combine(today - timedelta(days=DAYS_BACK), time(6), catalog.spa.zone)
    quiet = catalog.model_copy(update={"messages": Messages(enabled=False)})
    desk = BookingDesk(quiet, sessions, lambda: opened_at)
    choice = random.Random(today.toordinal())  # noqa: S311  believable, not secret
    guests = list(_guests())
    made = 0
    for ahead in range(DAYS_BACK + DAYS_AHEAD):
        made += await _fill(desk, opened_at.date() + timedelta(days=ahead), guests, choice)
    return made


async def _has_appointments(sessions: async_sessionmaker[AsyncSession]) -> bool:
    async with sessions() as session:
        await session.connection(execution_options=READ_ONLY)
        return await session.scalar(select(AppointmentRow.id).limit(1)) is not None


async def _fill(desk: BookingDesk, day: date, guests: list[_Guest], choice: random.Random) -> int:
    """Let guests wish for a day until it is as busy as days are; says how many came through."""
    made = 0
    for guest in choice.sample(guests, WISHES_A_DAY):
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


def _guests() -> Iterator[_Guest]:
    """Regulars with numbers that nobody has: 555-0100 to 555-0199 are kept for fiction."""
    for place in range(100):
        first, last = FIRST_NAMES[place % len(FIRST_NAMES)], LAST_NAMES[place % len(LAST_NAMES)]
        yield _Guest(f"{first} {last}", f"+1212555{100 + place:04}")
