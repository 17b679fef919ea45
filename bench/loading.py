"""A book of a given size: the same busy weeks ahead, and as much past behind them as it takes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from booking.catalog import Catalog
from booking.tables import AppointmentRow, CustomerRow, OccupationRow

Row = dict[str, Any]

HOURS = (10, 11, 12, 15, 16)
"""When the invented treatments start; the rest of a day stays free."""

DAYS_AHEAD = 21
VISITS = 10
"""Appointments of one customer."""

BATCH = 20_000


async def load(engine: AsyncEngine, catalog: Catalog, size: int, now: datetime) -> None:
    """Write so many appointments, their occupations and customers, past the desk."""
    customers = max(size // VISITS, 1)
    async with engine.begin() as connection:
        await _insert(connection, CustomerRow.__table__, _customers(customers, now))
        await _insert(
            connection, AppointmentRow.__table__, _appointments(catalog, size, customers, now)
        )
        await _insert(connection, OccupationRow.__table__, _occupations(catalog, size, now))
        if engine.dialect.name == "postgresql":
            for table in ("customers", "appointments", "occupations"):
                # The rows came with their ids, so the counters stand at the beginning.
                highest = f"(SELECT coalesce(max(id), 1) FROM {table})"  # noqa: S608  our own names
                await connection.execute(text(f"SELECT setval('{table}_id_seq', {highest})"))
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("ANALYZE"))


async def _insert(connection: AsyncConnection, table: Any, rows: Iterable[Row]) -> None:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        await connection.execute(insert(table), batch)


def _slots(catalog: Catalog, now: datetime) -> Iterator[tuple[datetime, str, str]]:
    """Start, therapist and room, from the days ahead back into the past, without an overlap."""
    zone = catalog.spa.zone
    last = now.astimezone(zone).date() + timedelta(days=DAYS_AHEAD)
    rooms = [room.name for room in catalog.rooms]
    people = [person.name for person in catalog.therapists][: len(rooms)]
    for back in count():
        day: date = last - timedelta(days=back)
        for hour in HOURS:
            starts_at = datetime.combine(day, time(hour), zone).astimezone(UTC)
            for person, room in zip(people, rooms, strict=True):
                yield starts_at, person, room


def _customers(customers: int, now: datetime) -> Iterator[Row]:
    for number in range(1, customers + 1):
        blank = dict.fromkeys(("loyalty", "preferences", "notes", "language"), "")
        yield {
            "id": number,
            "phone": f"+1212{number:07}",
            "name": f"Guest {number}",
            "created_at": now,
            **blank,
        }


def _appointments(catalog: Catalog, size: int, customers: int, now: datetime) -> Iterator[Row]:
    treatment = catalog.treatment_named("Swedish massage")
    for number, (starts_at, person, room) in enumerate(islice(_slots(catalog, now), size), 1):
        yield {
            "id": number,
            "code": f"B{number:08}",
            "customer_id": number % customers + 1,
            "treatment": treatment.key,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=50),
            "status": "booked",
            "therapists": [person],
            "room": room,
            "price_cents": treatment.price_cents,
            "note": "",
            "created_by": "staff:bench",
            "created_at": now,
        }


def _occupations(catalog: Catalog, size: int, now: datetime) -> Iterator[Row]:
    ids = count(1)
    for number, (starts_at, person, room) in enumerate(islice(_slots(catalog, now), size), 1):
        for kind, resource in (("therapist", person), ("room", room)):
            yield {
                "id": next(ids),
                "kind": kind,
                "resource": resource,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(minutes=55),
                "appointment_id": number,
            }
