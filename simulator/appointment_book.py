"""The appointments in a database, read with plain SQL and without the product's code."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

MISSING = "missing row: "
"""What the line of an expected row begins with that is not there."""

QUERY = text(
    "SELECT customers.phone, customers.name, appointments.treatment, appointments.starts_at,"
    " appointments.status, appointments.code FROM appointments"
    " LEFT JOIN customers ON customers.id = appointments.customer_id ORDER BY appointments.id"
)


async def read_appointments(database_url: str, time_zone: str) -> list[dict[str, str]]:
    """Every appointment; `starts_at` as wall time, "2026-12-01 14:00".

    Args:
        database_url: SQLAlchemy URL of the product's database.
        time_zone: of the spa.
    """
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            rows = (await connection.execute(QUERY)).mappings().all()
    finally:
        await engine.dispose()
    return [
        {
            **{key: "" if value is None else str(value) for key, value in row.items()},
            "starts_at": _wall_time(row["starts_at"], ZoneInfo(time_zone)),
        }
        for row in rows
    ]


def _wall_time(stored: Any, zone: ZoneInfo) -> str:
    """SQLite gives text in UTC, PostgreSQL an aware moment."""
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(zone):%Y-%m-%d %H:%M}"


def differences(expected: Iterable[dict[str, str]], actual: Iterable[dict[str, str]]) -> list[str]:
    """What is missing and what is stray, a line each; empty when the two are the same.

    Only the columns that an expected row names are compared, and every actual row must be
    expected by one of its own.
    """
    expected = list(expected)
    columns = sorted({column for row in expected for column in row}) or ["code"]
    wanted = Counter(_line(row, columns) for row in expected)
    found = Counter(_line(row, columns) for row in actual)
    return [f"{MISSING}{line}" for line in (wanted - found).elements()] + [
        f"stray row: {line}" for line in (found - wanted).elements()
    ]


def _line(row: dict[str, str], columns: list[str]) -> str:
    return ", ".join(f"{column}={row.get(column, '')}" for column in columns)
