"""The appointment book of a day or a week, as a page and as the calendar in it reads it."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from annotated_types import Ge, Le
from fastapi import APIRouter, Depends, Request, Response

from booking.catalog import Catalog
from booking.models import Appointment, Customer
from booking.wall_time import ONE_DAY
from dashboard.calendar import appointment_event, away_events, block_event, shown_hours
from dashboard.office import Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

Day = Annotated[date, Ge(date(2000, 1, 1)), Le(date(2099, 12, 31))]


class View(StrEnum):
    """How much of the book is open."""

    DAY = "day"
    WEEK = "week"


Entries = Sequence[tuple[Appointment, Customer]]


@router.get("/")
async def today(
    request: Request, who: Who, day: Day | None = None, view: View = View.DAY
) -> Response:
    """A day, therapist by therapist, or a week, day by day."""
    desk = office(request).desk
    shown = day or desk.today()
    first, last = _span(shown, view)
    step = last - first + ONE_DAY
    opens, closes = shown_hours(desk.catalog, first, last)
    agenda = await desk.agenda(first, last)
    people = _people(desk.catalog, agenda)
    return page(
        request,
        "day",
        who=who,
        day=shown,
        view=view,
        first=first,
        before=shown - step,
        after=shown + step,
        opens=opens,
        closes=closes,
        columns=_by_therapist(agenda, people) if view is View.DAY else _by_day(agenda, first, last),
        blocks=await desk.blocks_on(first, last),
        people=people,
        now=desk.now(),
        treatment=desk.catalog.treatment_name,
    )


@router.get("/book")
async def book(request: Request, day: Day, view: View = View.DAY) -> list[dict[str, Any]]:
    """What stands in the book, as events of the calendar component."""
    desk, root = office(request).desk, request.scope["root_path"]
    first, last = _span(day, view)
    name, now = desk.catalog.treatment_name, desk.now()
    events = [
        appointment_event(appointment, customer, name(appointment.treatment), root, now)
        for appointment, customer in await desk.agenda(first, last)
    ]
    events += [block_event(block, root) for block in await desk.blocks_on(first, last)]
    if view is View.DAY:
        events += away_events(desk.catalog, day)
    return events


def _span(day: date, view: View) -> tuple[date, date]:
    """The first and the last day that are shown."""
    if view is View.DAY:
        return day, day
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _people(catalog: Catalog, agenda: Entries) -> list[str]:
    """Who works here, and then who no longer does and is still booked."""
    names = [person.name for person in catalog.therapists]
    booked = {name for appointment, _ in agenda for name in appointment.therapists}
    return names + sorted(booked - set(names))


def _by_therapist(agenda: Entries, people: list[str]) -> list[tuple[str, Entries]]:
    return [(name, [entry for entry in agenda if name in entry[0].therapists]) for name in people]


def _by_day(agenda: Entries, first: date, last: date) -> list[tuple[str, Entries]]:
    days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
    return [
        (f"{day:%A} {day.day}", [entry for entry in agenda if entry[0].starts_at.date() == day])
        for day in days
    ]
