"""Days unlike the others: when the clocks change, and the one that comes every four years."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog, load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor
from tests.booking.setting import ADA, SPA_FILE, ZONE, FrozenClock, by, moment

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def open_on_sundays(tmp_path: Path) -> Catalog:
    text = SPA_FILE.read_text(encoding="utf-8")
    text = text.replace("[hours]\n", '[hours]\nsunday = ["00:00-23:30"]\n')
    text = text.replace("[therapists.shifts]\n", '[therapists.shifts]\nsunday = ["00:00-23:30"]\n')
    path = tmp_path / "sundays.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalog(path)


def desk_on(day: date, catalog: Catalog, sessions: Sessions) -> BookingDesk:
    return BookingDesk(catalog, sessions, FrozenClock(datetime.combine(day, time(10), ZONE)))


async def test_a_leap_day_is_booked_like_any_tuesday(catalog: Catalog, sessions: Sessions) -> None:
    desk = desk_on(date(2028, 2, 21), catalog, sessions)
    stones = catalog.treatment_named("hot stones")
    found = await desk.find_openings(stones, date(2028, 2, 29), at=time(14))
    booked = await desk.book(BookingRequest(stones, found.openings[0].starts_at), by(ADA, "t1"))
    assert booked.starts_at == moment(date(2028, 2, 29), "14:00")


@pytest.mark.parametrize(("day", "at"), [(date(2026, 3, 8), "01:30"), (date(2026, 11, 1), "00:30")])
async def test_a_treatment_over_a_change_of_the_clocks_takes_its_real_time(
    day: date, at: str, open_on_sundays: Catalog, sessions: Sessions
) -> None:
    desk = desk_on(day - timedelta(days=5), open_on_sundays, sessions)
    stones = open_on_sundays.treatment_named("hot stones")
    booked = await desk.book(BookingRequest(stones, moment(day, at)), by(ADA, "t1"))
    assert booked.ends_at.astimezone(UTC) - booked.starts_at.astimezone(UTC) == stones.length


async def test_the_hour_that_comes_twice_can_be_booked_twice(
    open_on_sundays: Catalog, sessions: Sessions
) -> None:
    day = date(2026, 11, 1)
    desk = desk_on(day - timedelta(days=5), open_on_sundays, sessions)
    facial = open_on_sundays.treatment_named("Anti-aging facial")
    first = moment(day, "01:00")
    again = first.astimezone(UTC) + timedelta(minutes=90)
    for number, starts_at in enumerate((first, again)):
        actor = Actor("caller", f"+1212555010{number}", f"CA{number}", "t1")
        booked = await desk.book(BookingRequest(facial, starts_at), actor)
        assert booked.starts_at.astimezone(UTC) == starts_at.astimezone(UTC)
