"""Calendars as phones read them: with icalendar's own parser, and on each database."""

from datetime import timedelta

import pytest
from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.calendar_entries import query as entries_query
from booking.desk import BookingDesk, Change
from booking.models import Appointment
from booking.tables import AppointmentRow
from calendars.keys import CalendarKeys, KeyRejected
from calendars.route import Calendars
from tests.booking.conftest import catalog, clock, desk, sessions
from tests.booking.setting import ADA, BEN, EVA, TUESDAY, FrozenClock, moment, wished
from tests.query_plan import query_plan

__all__ = ["catalog", "clock", "desk", "sessions"]

WEDNESDAY = TUESDAY + timedelta(days=1)
KEYS = CalendarKeys("https://spa.example.com", "a secret")


@pytest.fixture
def calendars(desk: BookingDesk) -> Calendars:
    return Calendars(desk, KEYS)


@pytest.fixture
async def booked(desk: BookingDesk) -> Appointment:
    return await desk.book(wished("hot stone", "14:00", WEDNESDAY, name="Ada Löw"), ADA)


def key(url: str) -> str:
    head, _, tail = url.rpartition("/")
    assert head == "https://spa.example.com/calendar"
    return tail.removesuffix(".ics")


async def read(calendars: Calendars, url: str) -> Calendar:
    document = await calendars.read(key(url))
    assert document is not None
    assert b"\r\n" in document
    calendar = Calendar.from_ical(document)
    assert isinstance(calendar, Calendar)
    return calendar


async def only(calendars: Calendars, url: str) -> Event:
    [event] = (await read(calendars, url)).events
    return event


async def test_a_customer_gets_one_appointment_in_the_spas_time(
    calendars: Calendars, booked: Appointment
) -> None:
    calendar = await read(calendars, KEYS.appointment_url(booked.code))
    [event] = calendar.events
    assert (event.start, event.end) == (booked.starts_at, booked.ends_at)
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert [str(zone.tz_name) for zone in calendar.timezones] == ["America/New_York"]
    assert event["SUMMARY"] == "Hot stone massage, Serenity Spa"
    assert event["DESCRIPTION"] == f"Ana Flores, {booked.code}"
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")


async def test_a_calendar_that_has_it_finds_it_again(
    calendars: Calendars, booked: Appointment, desk: BookingDesk, clock: FrozenClock
) -> None:
    url = KEYS.appointment_url(booked.code)
    first = await only(calendars, url)
    clock.forward(minutes=5)
    await desk.reschedule(Change(moment(WEDNESDAY, "16:00")), ADA)
    second = await only(calendars, url)
    clock.forward(minutes=5)
    await desk.cancel(ADA)
    third = await only(calendars, url)
    assert {str(event["UID"]) for event in (first, second, third)} == {str(first["UID"])}
    assert [event["SEQUENCE"] for event in (first, second, third)] == [0, 1, 2]
    assert first.DTSTAMP < second.DTSTAMP < third.DTSTAMP
    assert second.start == moment(WEDNESDAY, "16:00")
    assert third["STATUS"] == "CANCELLED"


async def test_the_same_appointments_are_the_same_file(
    calendars: Calendars, booked: Appointment, clock: FrozenClock
) -> None:
    for url in (KEYS.spa_url(), KEYS.appointment_url(booked.code)):
        before = await calendars.read(key(url))
        clock.forward(hours=1)
        assert await calendars.read(key(url)) == before


async def test_a_therapist_sees_who_comes_and_not_their_number(
    calendars: Calendars, booked: Appointment, desk: BookingDesk
) -> None:
    await desk.book(wished("classic facial", "10:00", WEDNESDAY, name="Ben"), BEN)
    gone = await desk.book(wished("hot stone", "16:00", WEDNESDAY), EVA)
    await desk.cancel(EVA, gone.code)
    event = await only(calendars, KEYS.therapist_url("Ana Flores"))
    assert event["SUMMARY"] == "Hot stone massage, Ada Löw"
    assert event["LOCATION"] == booked.room
    feed = await calendars.read(key(KEYS.spa_url()))
    assert feed is not None
    assert feed.count(b"BEGIN:VEVENT") == 2
    assert b"2125550001" not in feed


async def test_a_feed_forgets_what_is_long_over(
    calendars: Calendars, booked: Appointment, clock: FrozenClock
) -> None:
    clock.at = moment(WEDNESDAY + timedelta(days=30), "12:00")
    assert len((await read(calendars, KEYS.spa_url())).events) == 1
    clock.forward(days=1)
    assert (await read(calendars, KEYS.spa_url())).events == []


async def test_a_treatment_that_is_no_longer_offered_keeps_its_place(
    booked: Appointment,
    desk: BookingDesk,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
) -> None:
    others = tuple(item for item in desk.catalog.treatments if item.key != booked.treatment)
    smaller = desk.catalog.model_copy(update={"treatments": others})
    calendars = Calendars(BookingDesk(smaller, sessions, clock), KEYS)
    event = await only(calendars, KEYS.spa_url())
    assert event["SUMMARY"] == "hot stone massage, Ada Löw"


async def test_a_calendar_looks_into_the_audit_for_its_appointments_alone(
    booked: Appointment, sessions: async_sessionmaker[AsyncSession]
) -> None:
    query = entries_query(AppointmentRow.code == booked.code)
    async with sessions() as session:
        if session.get_bind().dialect.name == "postgresql":
            return  # which reads a table that is all but empty as a whole
        plan = await query_plan(await session.connection(), query)
    assert not [step for step in plan if step.startswith("SCAN")], plan
    assert "SEARCH audit USING INDEX audit_by_appointment (appointment_id=?)" in plan


@pytest.mark.parametrize("url", [KEYS.appointment_url("QQQQ"), KEYS.therapist_url("Somebody Else")])
async def test_what_is_not_there_is_nothing(calendars: Calendars, url: str) -> None:
    assert await calendars.read(key(url)) is None


def test_keys_of_another_secret_open_nothing() -> None:
    forged = CalendarKeys("https://spa.example.com", "another secret").spa_url()
    with pytest.raises(KeyRejected):
        KEYS.read(key(forged))
