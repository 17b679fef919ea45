"""Moving, holding, blocking and keeping the books, on both databases."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk, Change
from booking.errors import (
    AlreadyOver,
    InTheWay,
    NotFound,
    NotYours,
    OpeningTaken,
    TooManyAppointments,
    UnknownTherapist,
)
from booking.models import Actor, Status
from tests.booking.setting import (
    ADA,
    BEN,
    EVA,
    MONDAY,
    TUESDAY,
    FrozenClock,
    by,
    moment,
    wished,
)

WEDNESDAY = TUESDAY + timedelta(days=1)
ANA = "Ana Flores"


async def test_a_moved_appointment_frees_its_old_time(desk: BookingDesk) -> None:
    old = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    new = await desk.reschedule(Change(moment(WEDNESDAY, "11:00")), by(ADA, "t2"), old.code, "ill")
    assert (new.code, new.starts_at) == (old.code, moment(WEDNESDAY, "11:00"))
    assert (await desk.history(ADA.phone)).upcoming == (new,)
    await desk.book(wished("hot stones", "14:00"), by(BEN, "t1"))
    assert [entry.action for entry in await desk.trail(old.code)] == ["booked", "rescheduled"]


async def test_an_appointment_may_move_within_its_own_time(desk: BookingDesk) -> None:
    old = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    new = await desk.reschedule(Change(moment(TUESDAY, "14:30")), by(ADA, "t2"))
    assert new.starts_at == moment(TUESDAY, "14:30")
    same = await desk.reschedule(Change(moment(TUESDAY, "14:30")), by(ADA, "t3"))
    assert same == new
    assert old.code == new.code


async def test_an_appointment_that_cannot_move_stays(desk: BookingDesk) -> None:
    mine = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    await desk.book(wished("hot stones", "10:30"), by(BEN, "t1"))
    with pytest.raises(OpeningTaken) as refused:
        await desk.reschedule(Change(moment(TUESDAY, "10:30")), by(ADA, "t2"))
    assert refused.value.alternatives
    assert (await desk.history(ADA.phone)).upcoming == (mine,)


async def test_a_move_to_another_treatment_changes_the_price(desk: BookingDesk) -> None:
    await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    facial = desk.catalog.treatment_named("facial")
    moved = await desk.reschedule(
        Change(moment(TUESDAY, "10:00"), treatment=facial, therapist="Maya Chen"), by(ADA, "t2")
    )
    assert (moved.treatment, moved.price_cents) == (facial.key, facial.price_cents)
    assert moved.therapists == ("Maya Chen",)


async def test_a_repeated_tool_call_moves_or_cancels_once(desk: BookingDesk) -> None:
    await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    change = Change(moment(WEDNESDAY, "11:00"))
    moved = await desk.reschedule(change, by(ADA, "t2"))
    assert await desk.reschedule(change, by(ADA, "t2")) == moved
    cancelled = await desk.cancel(by(ADA, "t3"))
    assert await desk.cancel(by(ADA, "t3")) == cancelled
    assert cancelled.status is Status.CANCELLED


async def test_what_is_over_or_cancelled_is_not_changed(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    appointment = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    clock.forward(days=2)
    with pytest.raises(AlreadyOver):
        await desk.cancel(by(ADA, "t2"), appointment.code)
    later = await desk.book(wished("hot stones", "14:00", MONDAY + timedelta(7)), by(ADA, "t3"))
    await desk.cancel(by(ADA, "t4"), later.code)
    assert (await desk.cancel(by(ADA, "t5"), later.code)).status is Status.CANCELLED
    with pytest.raises(AlreadyOver, match="cancelled"):
        await desk.reschedule(Change(moment(WEDNESDAY, "11:00")), by(ADA, "t6"), later.code)


async def test_callers_change_their_own_appointments_only(desk: BookingDesk) -> None:
    hers = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    with pytest.raises(NotYours):
        await desk.cancel(by(BEN, "t1"), hers.code)
    with pytest.raises(NotFound, match="no coming"):
        await desk.cancel(by(BEN, "t2"))
    with pytest.raises(NotFound):
        await desk.cancel(by(ADA, "t2"), "NOSUCH")
    await desk.book(wished("facial", "10:00"), by(ADA, "t3"))
    with pytest.raises(NotFound, match="several"):
        await desk.cancel(by(ADA, "t4"))
    assert (await desk.cancel(EVA, hers.code, "called in")).status is Status.CANCELLED


async def test_somebody_without_a_number_is_known_for_the_length_of_a_call(
    desk: BookingDesk,
) -> None:
    nobody = Actor("caller", None, "CA-x", "t1")
    first = await desk.book(wished("hot stones", "14:00", name="Zoe"), nobody)
    second = await desk.book(wished("facial", "10:00"), by(nobody, "t2"))
    assert first.customer_id == second.customer_id
    assert (await desk.cancel(by(nobody, "t3"), first.code)).status is Status.CANCELLED
    other = Actor("caller", None, "CA-y", "t1")
    third = await desk.book(wished("hot stones", "14:00"), other)
    assert third.customer_id != first.customer_id


async def test_a_customer_may_have_so_many_coming_appointments(desk: BookingDesk) -> None:
    limit = desk.catalog.policies.maximum_open_appointments
    days = [day for day in (TUESDAY + timedelta(n) for n in range(14)) if day.weekday() < 5]
    for number, day in enumerate(days[:limit]):
        await desk.book(wished("hot stones", "14:00", day), by(ADA, f"t{number}"))
    with pytest.raises(TooManyAppointments):
        await desk.book(wished("hot stones", "14:00", days[limit]), by(ADA, "more"))


async def test_the_fee_is_told_inside_the_window_only(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    appointment = await desk.book(wished("hot stones", "14:00", WEDNESDAY), by(ADA, "t1"))
    assert desk.late_fee(appointment) == ""
    clock.forward(days=2)
    assert desk.late_fee(appointment) == desk.catalog.policies.cancellation_fee


async def test_a_hold_keeps_an_opening_for_its_holder_until_it_expires(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    held = await desk.hold(wished("hot stones", "14:00"), by(ADA, "t1"))
    assert held.opening.starts_at == moment(TUESDAY, "14:00")
    stones = desk.catalog.treatment_named("hot stones")
    with pytest.raises(OpeningTaken):
        await desk.book(wished("hot stones", "14:00"), by(BEN, "t1"))
    mine = await desk.find_openings(stones, TUESDAY, at=time(14), actor=ADA)
    assert mine.exact
    clock.forward(minutes=desk.catalog.policies.hold_minutes + 1)
    assert (await desk.find_openings(stones, TUESDAY, at=time(14))).exact
    await desk.book(wished("hot stones", "14:00"), by(BEN, "t2"))


async def test_a_hold_becomes_the_booking_and_can_be_given_back(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    await desk.hold(wished("hot stones", "14:00"), by(ADA, "t1"))
    booked = await desk.book(wished("hot stones", "14:00"), by(ADA, "t2"))
    assert booked.starts_at == moment(TUESDAY, "14:00")
    await desk.hold(wished("hot stones", "11:00", WEDNESDAY), by(ADA, "t3"))
    await desk.release_hold(by(ADA, "t4"))
    await desk.book(wished("hot stones", "11:00", WEDNESDAY), by(BEN, "t1"))
    await desk.hold(wished("facial", "10:00"), by(ADA, "t5"))
    clock.forward(minutes=30)
    assert await desk.tidy() == []


async def test_a_block_takes_a_therapist_off_the_book_for_days(desk: BookingDesk) -> None:
    block = await desk.block_therapist(
        "Ana", moment(TUESDAY, "09:00"), moment(TUESDAY + timedelta(days=3), "18:00"), EVA, "ill"
    )
    for day in (TUESDAY, WEDNESDAY, TUESDAY + timedelta(days=3)):
        assert await desk.blocks_on(day) == (block,)
    assert await desk.blocks_on(MONDAY) == await desk.blocks_on(TUESDAY + timedelta(days=4)) == ()
    assert await desk.blocks_on(MONDAY, TUESDAY) == (block,)
    assert await desk.find_block(block.id) == block
    with pytest.raises(OpeningTaken):
        await desk.book(wished("hot stones", "14:00", WEDNESDAY), by(ADA, "t1"))
    await desk.unblock(block.id, EVA)
    assert await desk.blocks_on(TUESDAY) == ()
    with pytest.raises(NotFound):
        await desk.find_block(block.id)
    await desk.book(wished("hot stones", "14:00", WEDNESDAY), by(ADA, "t2"))
    with pytest.raises(NotFound):
        await desk.unblock(block.id, EVA)


async def test_a_block_never_loses_an_appointment_but_ends_holds_and_offers(
    desk: BookingDesk,
) -> None:
    appointment = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    day = (moment(TUESDAY, "09:00"), moment(TUESDAY, "19:00"))
    with pytest.raises(InTheWay, match=appointment.code):
        await desk.block_therapist(ANA, *day, EVA)
    await desk.cancel(EVA, appointment.code)
    await desk.hold(wished("hot stones", "14:00"), by(BEN, "t1"))
    await desk.block_therapist(ANA, *day, EVA)
    with pytest.raises(InTheWay, match="blocked already"):
        await desk.block_therapist(ANA, *day, EVA)
    room = await desk.block_room("Pearl", *day, EVA)
    assert room.resource == "Pearl"
    with pytest.raises(UnknownTherapist):
        await desk.block_therapist("Nobody at all", *day, EVA)


async def test_somebody_who_walks_in_gets_the_next_free_time(desk: BookingDesk) -> None:
    swedish = desk.catalog.treatment_named("swedish")
    appointment = await desk.walk_in(swedish, EVA, name="Walker")
    assert moment(MONDAY, "10:00") <= appointment.starts_at <= moment(MONDAY, "11:00")
    stones = desk.catalog.treatment_named("hot stones")
    await desk.book(wished("hot stones", "11:30", MONDAY), by(ADA, "t1"))
    with pytest.raises(OpeningTaken):
        await desk.walk_in(stones, EVA, phone="+12125550009")


async def test_the_agenda_tells_who_comes_on_a_day(desk: BookingDesk) -> None:
    appointment = await desk.book(wished("hot stones", "14:00", name="Ada"), by(ADA, "t1"))
    await desk.book(wished("hot stones", "14:00", WEDNESDAY), by(ADA, "t2"))
    ((found, customer),) = await desk.agenda(TUESDAY)
    assert (found, customer.name) == (appointment, "Ada")
    assert len(await desk.agenda(TUESDAY, WEDNESDAY)) == 2


async def test_customers_tell_of_themselves_and_the_staff_add_to_it(desk: BookingDesk) -> None:
    saved = await desk.save_customer(ADA, name="Ada", preferences="rose oil", loyalty="gold")
    assert (saved.name, saved.preferences, saved.loyalty) == ("Ada", "rose oil", "")
    saved = await desk.save_customer(EVA, phone=ADA.phone, loyalty="gold", notes="VIP")
    assert (saved.loyalty, saved.notes) == ("gold", "VIP")
    assert await desk.save_customer(EVA, phone=ADA.phone, notes="VIP") == saved
    assert await desk.customer_by_phone(ADA.phone) == saved
    assert await desk.customer_by_phone("+12125559999") is None


async def test_visits_are_counted_when_they_are_over(desk: BookingDesk, clock: FrozenClock) -> None:
    await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    clock.forward(days=2)
    history = await desk.history(ADA.phone)
    assert history.customer is not None
    assert (history.customer.visits, len(history.past), history.upcoming) == (1, 1, ())


@pytest.mark.parametrize("statement", ["insert", "update"])
async def test_the_database_itself_refuses_an_overlap(
    statement: str, desk: BookingDesk, engine: AsyncEngine
) -> None:
    one = await desk.book(wished("hot stones", "10:30"), by(ADA, "t1"))
    await desk.book(wished("hot stones", "14:00"), by(BEN, "t1"))
    changes = {
        "insert": "INSERT INTO occupations (kind, resource, starts_at, ends_at, appointment_id)"
        " SELECT kind, resource, starts_at, ends_at, appointment_id FROM occupations"
        " WHERE appointment_id = :one AND kind = 'therapist'",
        "update": "UPDATE occupations SET ends_at = (SELECT max(ends_at) FROM occupations)"
        " WHERE appointment_id = :one AND kind = 'therapist'",
    }
    with pytest.raises(DBAPIError, match="occupations_no_overlap"):
        async with engine.begin() as connection:
            await connection.execute(text(changes[statement]), {"one": one.id})


def test_the_sample_days_are_what_the_tests_take_them_for() -> None:
    assert (MONDAY.weekday(), WEDNESDAY) == (0, date(2026, 12, 2))
