"""What stands in the book, as the calendar component of the page takes it. Pure.

It knows no time zones: whatever it shows is a wall time at the spa, and so is what it gives back.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from booking.catalog import Catalog
from booking.models import Appointment, Block, Customer, Interval, ResourceKind
from booking.wall_time import day_interval, stretches

Event = dict[str, Any]

USUAL_HOURS = (9, 17)
"""Hours that are shown when the house is closed on all days of a page."""


def appointment_event(
    appointment: Appointment, customer: Customer, treatment: str, root: str, now: datetime
) -> Event:
    """An appointment, which may be moved until it begins."""
    return {
        "id": appointment.code,
        "start": _wall(appointment.starts_at),
        "end": _wall(appointment.ends_at),
        "resourceIds": list(appointment.therapists),
        "title": treatment,
        "startEditable": appointment.starts_at > now,
        "extendedProps": {
            "path": f"{root}/appointments/{appointment.code}",
            "lines": [customer.name or "no name", appointment.room],
            "therapists": ", ".join(appointment.therapists),
        },
    }


def block_event(block: Block, root: str) -> Event:
    """A block; that of a room stands in no therapist's column."""
    is_room = block.kind is ResourceKind.ROOM
    return {
        "id": f"block-{block.id}",
        "start": _wall(block.starts_at),
        "end": _wall(block.ends_at),
        "resourceIds": [] if is_room else [block.resource],
        "title": "Blocked",
        "classNames": ["blocked"],
        "startEditable": False,
        "extendedProps": {
            "path": f"{root}/blocks/{block.id}",
            "lines": [block.reason] if block.reason else [],
            "therapists": block.resource,
        },
    }


def away_events(catalog: Catalog, day: date) -> list[Event]:
    """When therapists do not work on a day, as the background of their columns."""
    zone = catalog.spa.zone
    whole = day_interval(day, zone)
    return [
        {
            "start": _wall(gap.starts_at.astimezone(zone)),
            "end": _wall(gap.ends_at.astimezone(zone)),
            "resourceIds": [person.name],
            "display": "background",
        }
        for person in catalog.therapists
        for gap in gaps(stretches(person.hours, day, zone), whole)
    ]


def gaps(stretches: Sequence[Interval], whole: Interval) -> Iterator[Interval]:
    """What of a whole none of some stretches covers; they are in order, and apart."""
    begin = whole.starts_at
    for stretch in stretches:
        if begin < min(stretch.starts_at, whole.ends_at):
            yield Interval(begin, min(stretch.starts_at, whole.ends_at))
        begin = max(begin, stretch.ends_at)
    if begin < whole.ends_at:
        yield Interval(begin, whole.ends_at)


def shown_hours(catalog: Catalog, first: date, last: date) -> tuple[int, int]:
    """The first and the last hour, 0 to 24, at which the house is open on some days."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    hours = [hour for day in days for hour in catalog.opening_hours(day)]
    if not hours:
        return USUAL_HOURS
    # A stretch that ends at midnight ends with its day.
    closing = [closes.hour + (closes.minute > 0) or 24 for _, closes in hours]
    return min(opens.hour for opens, _ in hours), max(closing)


def _wall(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
