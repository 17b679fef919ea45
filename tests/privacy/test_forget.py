"""Whoever is forgotten is nowhere in the database; everybody else is as before."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor
from booking.outbox import Outbox
from booking.text_message import TextStatus
from calls.receipts import Receipts
from database import build_sessions
from privacy.forget import Forgotten, forget
from tests.booking.setting import EVA, sample, wished
from tests.privacy.setting import MARIA, TOM, Life, everything

OF_TOM = ("customers", "calls", "messages", "outbox", "waitlist", "text_opt_outs", "call_turns")


@pytest.fixture
async def life(engine: AsyncEngine, tmp_path: Path) -> Life:
    life = Life(engine, tmp_path)
    await life.of(MARIA, "Maria Lopez", "CA1")
    await life.of(TOM, "Tom Baker", "CA2", time="16:00")
    return life


def rows_with(rows: dict[str, list[dict[str, object]]], *words: str) -> list[str]:
    return [
        f"{table}: {row}"
        for table, found in rows.items()
        for row in found
        if any(word in str(row) for word in words)
    ]


async def test_nothing_of_a_person_is_left(life: Life) -> None:
    await life.record("CA1")
    await life.record("CA2")
    before = await everything(life.engine)
    assert len({told.partition(":")[0] for told in rows_with(before, "Maria", MARIA)}) == 7
    found = await forget(life.sessions, MARIA)
    assert found == Forgotten(1, 1, ("RECA1",), ("CA1",), ("CA1",))
    assert rows_with(await everything(life.engine), "Maria", "Lopez", MARIA, MARIA[2:]) == []


async def test_everybody_else_is_as_before(life: Life) -> None:
    before = await everything(life.engine)
    await forget(life.sessions, MARIA)
    after = await everything(life.engine)
    for table in OF_TOM:
        assert rows_with({table: after[table]}, "Tom", TOM) == rows_with(
            {table: before[table]}, "Tom", TOM
        )
    assert len(rows_with(after, "Tom", TOM)) == len(rows_with(before, "Tom", TOM))
    assert await forget(life.sessions, MARIA) == await forget(life.sessions, "+12125559999")


async def test_the_appointment_keeps_its_slot_and_the_call_its_figures(life: Life) -> None:
    await forget(life.sessions, MARIA)
    rows = await everything(life.engine)
    slots = [(row["treatment"], row["status"], row["room"]) for row in rows["appointments"]]
    assert len(slots) == 2
    assert {status for _, status, _ in slots} == {"booked"}
    assert len(rows["occupations"]) == 4
    receipt = await Receipts(life.sessions).of("CA1")
    assert receipt
    assert (receipt.caller, receipt.reason, receipt.outcome) == (None, None, "transferred")
    assert [(turn.text, turn.latency_ms) for turn in receipt.turns] == [("", 400)]
    assert [(tool.name, tool.arguments, tool.ok) for tool in receipt.tools] == [
        ("book_appointment", {}, True),
        ("end_call", {}, None),
    ]
    assert receipt.cost_usd == pytest.approx(0.000077)


async def test_who_is_forgotten_gets_no_text_any_more(life: Life) -> None:
    outbox = Outbox(life.sessions, life.clock)
    await outbox.opt_in(MARIA)
    await forget(life.sessions, MARIA)
    life.clock.forward(days=1)
    statuses = {text.phone: text.status for text in await outbox.latest()}
    assert statuses[""] is TextStatus.DROPPED
    assert {text.phone for text in await outbox.latest(TextStatus.WAITING)} == {TOM}


async def test_who_calls_again_is_somebody_new(life: Life) -> None:
    await forget(life.sessions, MARIA)
    desk = BookingDesk(sample(), life.sessions, life.clock)
    assert (await desk.history(MARIA)).customer is None
    await Life(life.engine).of(MARIA, "Maria Lopez", "CA3", time="11:30")
    assert len((await desk.history(MARIA)).upcoming) == 1


async def test_who_left_a_number_without_calling_from_it_is_found(engine: AsyncEngine) -> None:
    life = Life(engine)
    desk = BookingDesk(sample(), build_sessions(engine), life.clock)
    wish = wished("facial", "14:00")
    nobody = Actor("caller", None, "CA5", "call_1")
    await desk.book(
        BookingRequest(wish.treatment, wish.starts_at, name="Maria Lopez", contact=MARIA), nobody
    )
    await desk.take_message("Call me", Actor("caller", None, "CA6", "call_1"), contact=MARIA)
    found = await forget(life.sessions, MARIA)
    assert found.customers == 1
    assert rows_with(await everything(engine), "Maria", "Lopez", MARIA, "Call me") == []


async def test_what_a_caller_holds_is_given_back(engine: AsyncEngine) -> None:
    life = Life(engine)
    desk = BookingDesk(sample(), life.sessions, life.clock)
    wish = wished("hot stone", "14:00")
    await desk.hold(BookingRequest(wish.treatment, wish.starts_at), Actor("caller", MARIA, "CA1"))
    await forget(life.sessions, MARIA)
    rows = await everything(engine)
    assert (rows["holds"], rows["occupations"]) == ([], [])
    life.clock.at += timedelta(seconds=1)
    await desk.book(BookingRequest(wish.treatment, wish.starts_at, name="Ann Bell"), EVA)
