from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk
from booking.seed import NotEmpty, seed
from booking.tables import AppointmentRow
from tests.booking.setting import ADA, MONDAY, ZONE, wished

Sessions = async_sessionmaker[AsyncSession]


async def rows(sessions: Sessions) -> list[AppointmentRow]:
    async with sessions() as session:
        found = await session.scalars(select(AppointmentRow).order_by(AppointmentRow.starts_at))
        return list(found)


async def test_a_seed_fills_three_weeks_as_a_spa_would_look(
    catalog: Catalog, sessions: Sessions
) -> None:
    made = await seed(catalog, sessions, MONDAY)
    appointments = await rows(sessions)
    days = [row.starts_at.astimezone(ZONE).date() for row in appointments]
    assert made == len(appointments) > 80
    assert days[0] >= MONDAY - timedelta(days=7)
    assert days[-1] < MONDAY + timedelta(days=14)
    assert len(set(days)) > 14
    assert {row.status for row in appointments} == {"booked", "cancelled"}
    assert len({row.treatment for row in appointments}) == len(catalog.treatments)


async def test_what_is_seeded_was_booked_over_weeks_and_never_after_today(
    catalog: Catalog, sessions: Sessions
) -> None:
    await seed(catalog, sessions, MONDAY)
    booked_on = {
        row.starts_at.date(): row.created_at.astimezone(ZONE).date() for row in await rows(sessions)
    }
    assert all(made <= min(day, MONDAY) for day, made in booked_on.items())
    assert len({made.isocalendar().week for made in booked_on.values()}) >= 3


async def test_a_book_with_appointments_is_not_seeded(
    catalog: Catalog, sessions: Sessions, desk: BookingDesk
) -> None:
    await desk.book(wished("facial", "14:00"), ADA)
    with pytest.raises(NotEmpty, match="wants an empty one"):
        await seed(catalog, sessions, MONDAY)
    assert len(await rows(sessions)) == 1
