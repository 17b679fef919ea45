"""What the use-cases of the desk cost with a thousand appointments, and with a million.

The figure is the growth from the smallest book to the largest, in one run on one machine; the
time of a single call says little about any other machine.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.loading import load
from booking.catalog import Catalog, load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor
from database import build_engine, build_sessions, upgrade
from tests.postgres import execute, open_postgres

SIZES = (1_000, 100_000)
FULL_SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 60
AIM = 1.5
"""The growth that should not be passed."""

SPA_FILE = Path(__file__).parents[1] / "spa.toml"
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
DAY = date(2026, 12, 1)
PHONE = "+12120000001"
NEW_PHONE = "+13105550100"

UseCase = Callable[[int], Awaitable[object]]


@dataclass
class Result:
    """What one book was like.

    Attributes:
        millis: the median of each use-case, in milliseconds.
        plans: how the database finds the rows of each use-case.
    """

    millis: dict[str, float] = field(default_factory=dict[str, float])
    plans: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def run(sizes: tuple[int, ...]) -> None:
    """Measure both engines at all sizes and print the tables."""
    console, catalog = Console(), load_catalog(SPA_FILE)
    with tempfile.TemporaryDirectory() as folder:
        urls = {size: f"sqlite+aiosqlite:///{folder}/{size}.db" for size in sizes}
        _print(console, "SQLite", _measure_all(catalog, urls))
    with open_postgres() as server:
        for size in sizes:
            execute(server, f"CREATE DATABASE bench_{size}")
        urls = {
            size: server.set(database=f"bench_{size}").render_as_string(hide_password=False)
            for size in sizes
        }
        _print(console, "PostgreSQL", _measure_all(catalog, urls))


def _measure_all(catalog: Catalog, urls: dict[int, str]) -> dict[int, Result]:
    results: dict[int, Result] = {}
    for size, url in urls.items():
        asyncio.run(upgrade(url))
        results[size] = asyncio.run(_measure(catalog, url, size))
    return results


async def _measure(catalog: Catalog, url: str, size: int) -> Result:
    """Load a book and time each use-case on it."""
    engine = build_engine(url)
    try:
        await load(engine, catalog, size, NOW)
        desk = BookingDesk(catalog, build_sessions(engine), lambda: NOW)
        result = Result()
        for name, use_case in _use_cases(desk, catalog).items():
            await use_case(-1)  # what is done once, such as compiling a statement
            result.millis[name] = await _median_ms(use_case)
            result.plans[name] = await _plans(engine, use_case)
        return result
    finally:
        await engine.dispose()


def _use_cases(desk: BookingDesk, catalog: Catalog) -> dict[str, UseCase]:
    facial = catalog.treatment_named("Classic facial")

    async def book(number: int) -> None:
        """Book what is free on one of the coming days, and give it back."""
        actor = Actor("caller", NEW_PHONE, f"CA{number}", f"t{number}")
        first = DAY + timedelta(days=number % 14)
        offers = await desk.find_openings(facial, first, last_day=first + timedelta(days=6))
        appointment = await desk.book(BookingRequest(facial, offers.openings[0].starts_at), actor)
        await desk.cancel(Actor.staff("bench"), appointment.code)

    return {
        "find openings for a day": lambda _: desk.find_openings(facial, DAY),
        "find, book and cancel": book,
        "customer by phone": lambda _: desk.customer_by_phone(PHONE),
        "history": lambda _: desk.history(PHONE),
    }


async def _median_ms(use_case: UseCase) -> float:
    times: list[float] = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        await use_case(number)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def _plans(engine: AsyncEngine, use_case: UseCase) -> list[str]:
    """The plan of each query that the use-case makes."""
    queries: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            queries.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await use_case(ROUNDS)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    plans: list[str] = []
    async with engine.connect() as connection:
        for statement, parameters in queries:
            rows = await connection.exec_driver_sql(explain + statement, tuple(parameters))
            plans += [str(row[-1]).strip() for row in rows]
    return sorted({_short(plan) for plan in plans if _is_access(plan)})


def _is_access(plan: str) -> bool:
    return any(word in plan for word in ("SCAN", "SEARCH", "Scan"))


def _short(plan: str) -> str:
    return plan.partition("  (cost")[0].removeprefix("->").strip()


def _print(console: Console, engine: str, results: dict[int, Result]) -> None:
    smallest, largest = min(results), max(results)
    table = Table(title=f"{engine}: milliseconds, and growth to {largest:,} (aim: under {AIM})")
    table.add_column("use-case")
    for size in results:
        table.add_column(f"{size:,}", justify="right")
    table.add_column("growth", justify="right")
    for name in results[smallest].millis:
        times = [result.millis[name] for result in results.values()]
        growth = results[largest].millis[name] / results[smallest].millis[name]
        table.add_row(name, *(f"{ms:.2f}" for ms in times), f"{growth:.2f}")
    console.print(table)
    for name, plans in results[largest].plans.items():
        console.print(f"[bold]{name}[/]", *plans, sep="\n  ")
