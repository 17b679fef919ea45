"""Appointments as iCalendar (RFC 5545). Pure.

A calendar that has seen an appointment finds it again by its UID and takes the higher SEQUENCE.
"""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import STATUS, Calendar, Event

from booking.catalog import Catalog
from booking.models import CalendarEntry, Status

PRODUCT = "-//Spaline//Spaline//EN"

A_YEAR = timedelta(days=366)
"""How far around the appointments the changes of the clocks are written down."""


def customers_file(catalog: Catalog, entry: CalendarEntry) -> bytes:
    """One appointment, for who has booked it."""
    appointment, spa = entry.appointment, catalog.spa
    event = _event(catalog, entry)
    event.add("summary", f"{catalog.treatment_name(appointment.treatment)}, {spa.name}")
    event.add("location", spa.name)
    event.add("description", ", ".join([*appointment.therapists, appointment.code]))
    return _document(catalog, spa.name, [entry], [event])


def staff_feed(catalog: Catalog, entries: Sequence[CalendarEntry], name: str) -> bytes:
    """Many appointments, for who does them; phone numbers stay in the house.

    Args:
        catalog: the spa.
        entries: the appointments, in the order of time.
        name: of the feed, as calendars show it.
    """
    events: list[Event] = []
    for entry in entries:
        event, appointment = _event(catalog, entry), entry.appointment
        treatment = catalog.treatment_name(appointment.treatment)
        event.add("summary", ", ".join(filter(None, (treatment, entry.customer))))
        event.add("location", appointment.room)
        event.add("description", ", ".join(appointment.therapists))
        events.append(event)
    return _document(catalog, name, entries, events)


def _event(catalog: Catalog, entry: CalendarEntry) -> Event:
    appointment = entry.appointment
    booked = appointment.status is Status.BOOKED
    return Event.new(
        uid=f"{appointment.code.lower()}@{_house(catalog)}",
        start=appointment.starts_at,
        end=appointment.ends_at,
        # Not the time of asking: the same appointment is the same file.
        stamp=entry.changed_at,
        last_modified=entry.changed_at,
        sequence=entry.changes,
        status=STATUS.CONFIRMED if booked else STATUS.CANCELLED,
    )


def _document(
    catalog: Catalog, name: str, entries: Sequence[CalendarEntry], events: list[Event]
) -> bytes:
    calendar = Calendar.new(
        prodid=PRODUCT,
        name=name,
        # As the events' stamps: the same appointments are the same file.
        uid=f"{name.lower()}@{_house(catalog)}",
        method="PUBLISH",
        subcomponents=events,
    )
    if entries:
        first, last = entries[0].appointment.starts_at, entries[-1].appointment.ends_at
        calendar.add_missing_timezones((first - A_YEAR).date(), (last + A_YEAR).date())
    return calendar.to_ical()


def _house(catalog: Catalog) -> str:
    """What sets our ids apart from everybody else's."""
    return f"{catalog.spa.front_desk_number.lstrip('+')}.spaline"
