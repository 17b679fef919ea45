from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import load_catalog
from booking.desk import BookingDesk
from booking.models import Appointment
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import booked


async def test_a_day_shows_who_comes_to_whom(browser: Browser, appointment: Appointment) -> None:
    await browser.log_in()
    shown = await browser.read(f"/?day={appointment.starts_at.date()}")
    column = shown.split("<h2>Ana Flores</h2>")[1].split("</section>")[0]
    assert f"{appointment.starts_at:%H:%M} to {appointment.ends_at:%H:%M}" in column
    assert "Hot stone massage" in column
    assert f'href="/dashboard/appointments/{appointment.code}"' in column
    assert "Nothing is booked." in await browser.read("/?day=2030-01-01")


async def test_a_day_shows_who_is_booked_and_no_longer_works_here(
    browser: Browser, desk: BookingDesk, sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    """What is changed in spa.toml changes no appointment."""
    before = tmp_path / "before.toml"
    spa = (tmp_path / "spa.toml").read_text(encoding="utf-8")
    before.write_text(spa.replace("Ana Flores", "Zoe Hall"), encoding="utf-8")
    hers = await booked(BookingDesk(load_catalog(before), sessions, desk.now))
    await browser.log_in()
    shown = await browser.read(f"/?day={hers.starts_at.date()}")
    column = shown.split("<h2>Zoe Hall</h2>")[1].split("</section>")[0]
    assert f"/appointments/{hers.code}" in column
    assert '"Zoe Hall"]' in shown.split("data-people=")[1].split(">")[0]


async def test_a_week_shows_its_days(browser: Browser, appointment: Appointment) -> None:
    await browser.log_in()
    day = appointment.starts_at.date()
    for other in range(7):
        first = day - timedelta(days=day.weekday())
        shown = await browser.read(f"/?view=week&day={first + timedelta(days=other)}")
        column = shown.split(f"<h2>{day:%A} {day.day}</h2>")[1].split("</section>")[0]
        assert f"/appointments/{appointment.code}" in column


async def test_the_calendar_gets_wall_times_of_the_spa(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await browser.log_in()
    day = appointment.starts_at.date()
    for view in ("day", "week"):
        events = (await browser.http.get(f"/book?day={day}&view={view}")).json()
        (its,) = [event for event in events if event.get("id") == appointment.code]
        assert its["start"] == f"{appointment.starts_at:%Y-%m-%dT%H:%M:%S}"
        assert its["end"] == f"{appointment.ends_at:%Y-%m-%dT%H:%M:%S}"
        assert (its["title"], its["resourceIds"]) == ("Hot stone massage", ["Ana Flores"])
        assert its["startEditable"]
        away = [event for event in events if event.get("display") == "background"]
        assert bool(away) == (view == "day")


async def test_a_day_that_nobody_can_mean_is_refused(browser: Browser) -> None:
    await browser.log_in()
    for path in ("/?day=0001-01-01", "/?day=9999-12-31", "/book?day=9999-12-31", "/?view=year"):
        assert "That address cannot be understood." in await browser.read(path, 400)
