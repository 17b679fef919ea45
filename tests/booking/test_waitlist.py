"""Who waits for an opening, and what becomes of an offer, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk, Change
from booking.errors import NotFound, OpeningTaken
from booking.models import Status
from booking.waiting import PartOfDay, WaitlistStatus
from tests.booking.setting import (
    ADA,
    BEN,
    EVA,
    TUESDAY,
    FrozenClock,
    by,
    fill_tuesday,
    moment,
    waiting,
    wished,
)

ANA = "Ana Flores"
WEDNESDAY = TUESDAY + timedelta(days=1)


async def test_a_freed_opening_is_offered_to_who_waits_longest(desk: BookingDesk) -> None:
    codes = await fill_tuesday(desk)
    first = await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    assert await desk.join_waitlist(waiting(desk), by(ADA, "t2")) == first
    await desk.join_waitlist(waiting(desk), by(BEN, "t1"))
    await desk.cancel(EVA, codes[1])
    entries = await desk.waitlist()
    assert [entry.status for entry in entries] == [WaitlistStatus.OFFERED, WaitlistStatus.WAITING]
    assert entries[0].offered is not None
    offer = entries[0].offered.starts_at
    with pytest.raises(OpeningTaken):
        await desk.book(wished("hot stones", f"{offer:%H:%M}"), by(BEN, "t2"))
    await desk.book(wished("hot stones", f"{offer:%H:%M}"), by(ADA, "t3"))
    assert await desk.waitlist(ADA.phone) == ()


async def test_an_offer_that_nobody_takes_goes_to_the_next(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    await desk.join_waitlist(waiting(desk, part_of_day=PartOfDay.AFTERNOON), by(BEN, "t1"))
    await desk.cancel(EVA, codes[1])
    clock.forward(minutes=desk.catalog.policies.waitlist_offer_minutes + 1)
    offered = await desk.tidy()
    assert [entry.customer.phone for entry in offered] == [BEN.phone]
    clock.forward(days=3)
    assert await desk.tidy() == []
    assert await desk.waitlist() == ()


async def test_the_staff_book_what_is_kept_for_a_customer_for_that_customer_alone(
    desk: BookingDesk,
) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    await desk.cancel(EVA, codes[0])
    kept = wished("hot stones", "10:30")
    with pytest.raises(OpeningTaken):
        await desk.book(replace(kept, phone=BEN.phone), EVA)
    hers = await desk.book(replace(kept, phone=ADA.phone), EVA)
    assert await desk.waitlist() == ()
    await desk.join_waitlist(waiting(desk), by(ADA, "t2"))
    await desk.cancel(EVA, codes[1])
    [entry] = await desk.waitlist()
    assert entry.offered is not None
    await desk.reschedule(Change(entry.offered.starts_at), EVA, hers.code)
    assert await desk.waitlist() == ()


async def test_an_offer_that_is_over_and_not_tidied_up_is_in_nobodys_way(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    await desk.join_waitlist(waiting(desk), by(BEN, "t1"))
    await desk.cancel(EVA, codes[0])
    clock.forward(minutes=desk.catalog.policies.waitlist_offer_minutes + 1)
    gone = await desk.cancel(EVA, codes[1])
    assert gone.status is Status.CANCELLED
    [his] = await desk.waitlist(BEN.phone)
    assert his.offered is not None
    assert his.offered.starts_at == moment(TUESDAY, "10:30")


async def test_who_leaves_the_waitlist_gives_the_offer_to_the_next(desk: BookingDesk) -> None:
    codes = await fill_tuesday(desk)
    mine = await desk.join_waitlist(waiting(desk, therapist=ANA), by(ADA, "t1"))
    await desk.join_waitlist(waiting(desk), by(BEN, "t1"))
    await desk.cancel(EVA, codes[0])
    with pytest.raises(NotFound):
        await desk.leave_waitlist(mine.id, by(BEN, "t2"))
    with pytest.raises(NotFound):
        await desk.leave_waitlist(12345, by(ADA, "t2"))
    left = await desk.leave_waitlist(mine.id, by(ADA, "t3"))
    assert left.status is WaitlistStatus.LAPSED
    assert (await desk.leave_waitlist(mine.id, by(ADA, "t4"))).status is WaitlistStatus.LAPSED
    assert [entry.status for entry in await desk.waitlist(BEN.phone)] == [WaitlistStatus.OFFERED]


async def test_an_offer_for_something_else_is_taken_back_by_another_booking(
    desk: BookingDesk,
) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    await desk.cancel(EVA, codes[1])
    offered = (await desk.waitlist(ADA.phone))[0].offered
    assert offered is not None
    await desk.book(wished("body scrub", f"{offered.starts_at:%H:%M}"), by(ADA, "t2"))
    assert [entry.status for entry in await desk.waitlist(ADA.phone)] == [WaitlistStatus.WAITING]


async def test_a_block_ends_what_was_offered_to_the_waitlist(desk: BookingDesk) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    for code in codes:
        await desk.cancel(EVA, code)
    assert (await desk.waitlist())[0].status is WaitlistStatus.OFFERED
    day = (moment(TUESDAY, "09:00"), moment(TUESDAY, "19:00"))
    await desk.block_therapist(ANA, *day, EVA)
    assert (await desk.waitlist())[0].status is WaitlistStatus.WAITING


async def test_an_offer_stays_when_its_customer_books_something_at_another_time(
    desk: BookingDesk,
) -> None:
    codes = await fill_tuesday(desk)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    await desk.cancel(EVA, codes[1])
    await desk.book(wished("classic facial", "09:00"), by(ADA, "t2"))
    assert [entry.status for entry in await desk.waitlist(ADA.phone)] == [WaitlistStatus.OFFERED]


async def test_what_becomes_free_on_days_that_are_over_is_offered_to_nobody(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    block = await desk.block_therapist(
        ANA, moment(TUESDAY, "09:00"), moment(WEDNESDAY + timedelta(days=1), "19:00"), EVA
    )
    wish = waiting(desk, last_day=WEDNESDAY + timedelta(days=1), therapist=ANA)
    await desk.join_waitlist(wish, by(ADA, "t1"))
    clock.at = moment(WEDNESDAY, "10:05")
    await desk.unblock(block.id, EVA)
    (entry,) = await desk.waitlist()
    assert entry.offered is not None
    assert entry.offered.starts_at.date() == WEDNESDAY


async def test_an_offer_can_be_taken_for_a_while(desk: BookingDesk, clock: FrozenClock) -> None:
    block = await desk.block_therapist(ANA, moment(TUESDAY, "09:00"), moment(TUESDAY, "19:00"), EVA)
    await desk.join_waitlist(waiting(desk, therapist=ANA), by(ADA, "t1"))
    notice = timedelta(minutes=desk.catalog.policies.minimum_notice_minutes)
    clock.at = moment(TUESDAY, "14:00") - notice
    await desk.unblock(block.id, EVA)
    (entry,) = await desk.waitlist()
    assert entry.offered is not None
    assert entry.offered_until is not None
    assert entry.offered.starts_at > moment(TUESDAY, "14:00")
    assert entry.offered_until - clock.at >= timedelta(minutes=15)
    assert await desk.tidy() == []


async def test_who_waits_for_what_the_spa_no_longer_does_is_offered_nothing(
    desk: BookingDesk,
    catalog: Catalog,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
) -> None:
    await fill_tuesday(desk)
    facial = await desk.book(wished("classic facial", "09:00"), EVA)
    await desk.join_waitlist(waiting(desk), by(ADA, "t1"))
    stones = catalog.treatment_named("hot stones")
    others = tuple(treatment for treatment in catalog.treatments if treatment != stones)
    today = BookingDesk(catalog.model_copy(update={"treatments": others}), sessions, clock)
    await today.cancel(EVA, facial.code)
    assert [entry.status for entry in await today.waitlist()] == [WaitlistStatus.WAITING]


async def test_a_day_that_cannot_be_booked_yet_is_offered_to_nobody(desk: BookingDesk) -> None:
    far = TUESDAY + timedelta(days=70)
    block = await desk.block_therapist(ANA, moment(far, "09:00"), moment(far, "19:00"), EVA)
    await desk.join_waitlist(waiting(desk, first_day=far, last_day=far), by(ADA, "t1"))
    await desk.unblock(block.id, EVA)
    assert [entry.status for entry in await desk.waitlist()] == [WaitlistStatus.WAITING]
