"""Any sequence of what callers and staff may do, and what must hold after each step.

`HYPOTHESIS_EXAMPLES=200` looks longer.
"""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from booking.desk import BookingDesk, Change
from booking.errors import BookingError
from booking.models import Actor, Status
from booking.tables import AppointmentRow, AuditRow, OccupationRow
from database import build_engine, build_sessions
from tests.booking.setting import (
    ADA,
    BEN,
    EVA,
    TUESDAY,
    ZONE,
    by,
    moment,
    monday_morning,
    sample,
    wished,
)
from tests.postgres import execute

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "8"))
STEPS = 14

callers = st.sampled_from([ADA, BEN, Actor("caller", "+12125550003", "CA-cleo")])
treatments = st.sampled_from(["hot stones", "swedish", "couples massage", "facial"])
days = st.integers(0, 2).map(lambda ahead: TUESDAY + timedelta(days=ahead))
times = st.sampled_from(["09:00", "10:30", "11:00", "12:00", "13:00", "14:00", "15:30", "17:00"])

T = TypeVar("T")


class AppointmentBook(RuleBasedStateMachine):
    """A desk and what it must remember."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.clock = monday_morning()
        self.runner = asyncio.Runner()
        self.engine = build_engine(url)
        self.sessions = build_sessions(self.engine)
        self.desk = BookingDesk(sample(), self.sessions, self.clock)
        self.booked: dict[str, Actor] = {}
        self.cancelled: set[str] = set()
        self.moves: Counter[str] = Counter()
        self.tool_calls = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do it; what the desk refuses has changed nothing, which the invariants see."""
        try:
            return self.runner.run(work)
        except BookingError:
            return None

    def acting(self, actor: Actor) -> Actor:
        self.tool_calls += 1
        return by(actor, f"t{self.tool_calls}")

    @rule(actor=callers, treatment=treatments, day=days, at=times, twice=st.booleans())
    def book(self, actor: Actor, treatment: str, day: date, at: str, twice: bool) -> None:
        acting, request = self.acting(actor), wished(treatment, at, day)
        appointment = self.run(self.desk.book(request, acting))
        if appointment is not None:
            self.booked[appointment.code] = actor
            if twice:
                assert self.run(self.desk.book(request, acting)) == appointment

    @rule(which=st.integers(0, 9), day=days, at=times)
    def reschedule(self, which: int, day: date, at: str) -> None:
        code, actor = self.one(which)
        change = Change(moment(day, at))
        before = self.status_and_start(code)
        moved = self.run(self.desk.reschedule(change, self.acting(actor), code))
        if moved is None:
            assert self.status_and_start(code) == before
        elif before != (Status.BOOKED, moved.starts_at):
            self.moves[code] += 1

    @rule(which=st.integers(0, 9), by_staff=st.booleans())
    def cancel(self, which: int, by_staff: bool) -> None:
        code, actor = self.one(which)
        if self.run(self.desk.cancel(EVA if by_staff else self.acting(actor), code)):
            self.cancelled.add(code)

    @rule(actor=callers, treatment=treatments, day=days, at=times)
    def hold(self, actor: Actor, treatment: str, day: date, at: str) -> None:
        self.run(self.desk.hold(wished(treatment, at, day), self.acting(actor)))

    @rule(minutes=st.sampled_from([1, 6, 90, 600]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)
        self.run(self.desk.tidy())

    @rule(day=days, at=times, hours=st.integers(1, 40))
    def block(self, day: date, at: str, hours: int) -> None:
        starts_at = moment(day, at)
        ends_at = starts_at + timedelta(hours=hours)
        self.run(self.desk.block_therapist("Ana Flores", starts_at, ends_at, EVA))

    def one(self, which: int) -> tuple[str, Actor]:
        codes = sorted(self.booked)
        if not codes:
            return "NONE", EVA
        code = codes[which % len(codes)]
        return code, self.booked[code]

    def status_and_start(self, code: str) -> Any:
        async def look() -> Any:
            async with self.sessions() as session:
                query = select(AppointmentRow).where(AppointmentRow.code == code)
                row = await session.scalar(query)
                return (row.status, row.starts_at) if row else None

        return self.runner.run(look())

    def rows(self, table: Any) -> list[Any]:
        async def look() -> list[Any]:
            async with self.sessions() as session:
                return list(await session.scalars(select(table)))

        return self.runner.run(look())

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        taken = self.rows(OccupationRow)
        for one, other in combinations(taken, 2):
            if (one.kind, one.resource) == (other.kind, other.resource):
                assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    @invariant()
    def every_appointment_has_its_people_room_and_buffers(self) -> None:
        taken = self.rows(OccupationRow)
        for row in self.rows(AppointmentRow):
            mine = [item for item in taken if item.appointment_id == row.id]
            if row.status == Status.CANCELLED:
                assert mine == []
                continue
            treatment = self.desk.catalog.treatment(row.treatment)
            assert sorted(i.resource for i in mine) == sorted([*row.therapists, row.room])
            assert len(row.therapists) == treatment.people
            before = timedelta(minutes=treatment.buffer_before)
            after = timedelta(minutes=treatment.buffer_after)
            assert all(i.starts_at <= row.starts_at - before for i in mine)
            assert all(i.ends_at >= row.ends_at + after for i in mine)

    @invariant()
    def nothing_is_outside_the_hours(self) -> None:
        for row in self.rows(AppointmentRow):
            starts_at, ends_at = row.starts_at.astimezone(ZONE), row.ends_at.astimezone(ZONE)
            hours = self.desk.catalog.opening_hours(starts_at.date())
            assert any(a <= starts_at.time() and ends_at.time() <= b for a, b in hours)

    @invariant()
    def nothing_is_lost_and_everything_is_noted(self) -> None:
        found = {row.code: row for row in self.rows(AppointmentRow)}
        assert set(found) == set(self.booked)
        gone = {code for code, row in found.items() if row.status == Status.CANCELLED}
        assert gone == self.cancelled
        noted = Counter((row.appointment_id, row.action) for row in self.rows(AuditRow))
        for code, row in found.items():
            assert noted[row.id, "booked"] == 1
            assert noted[row.id, "cancelled"] == (code in self.cancelled)
            assert noted[row.id, "rescheduled"] == self.moves[code]

    def teardown(self) -> None:
        self.runner.run(self.engine.dispose())
        self.runner.close()


def explore(make_url: Callable[[], str]) -> None:
    run_state_machine_as_test(
        cast(Any, lambda: AppointmentBook(make_url())),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


@pytest.mark.timeout(60 + 20 * EXAMPLES)
def test_any_day_on_sqlite(migrated_sqlite: Path, tmp_path: Path) -> None:
    def make_url() -> str:
        path = tmp_path / f"{uuid4().hex}.db"
        shutil.copy(migrated_sqlite, path)
        return f"sqlite+aiosqlite:///{path}"

    explore(make_url)


@pytest.mark.timeout(60 + 20 * EXAMPLES)
def test_any_day_on_postgresql(postgres: Any, migrated_postgres: str) -> None:
    names: list[str] = []

    def make_url() -> str:
        names.append(f"spaline_{uuid4().hex}")
        execute(postgres, f"CREATE DATABASE {names[-1]} TEMPLATE {migrated_postgres}")
        return postgres.set(database=names[-1]).render_as_string(hide_password=False)

    try:
        explore(make_url)
    finally:
        for name in names:
            execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")
