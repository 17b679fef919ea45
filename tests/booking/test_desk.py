"""Booking, cancelling and remembering, on both databases."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk
from booking.errors import OffShift, OpeningTaken, SpaClosed, TherapistAway
from booking.models import Status
from database import build_engine, build_sessions
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


async def test_a_free_time_that_is_wished_is_offered_exactly(desk: BookingDesk) -> None:
    stones = desk.catalog.treatment_named("hot stones")
    found = await desk.find_openings(stones, TUESDAY, at=time(14))
    assert found.exact
    assert [opening.starts_at for opening in found.openings] == [moment(TUESDAY, "14:00")]


async def test_a_booking_is_in_the_history_of_its_customer(desk: BookingDesk) -> None:
    appointment = await desk.book(wished("hot stones", "14:00", name="Ada"), by(ADA, "t1"))
    history = await desk.history(ADA.phone)
    assert history.upcoming == (appointment,)
    assert history.customer is not None
    assert history.customer.name == "Ada"


async def test_a_taken_time_is_refused_with_alternatives_around_it(desk: BookingDesk) -> None:
    await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    with pytest.raises(OpeningTaken) as refused:
        await desk.book(wished("hot stones", "14:00"), by(BEN, "t1"))
    starts = [opening.starts_at for opening in refused.value.alternatives]
    assert len(starts) == 3
    assert starts[0] < moment(TUESDAY, "14:00") < starts[-1]


@pytest.mark.parametrize("at", ["09:00", "14:30", "18:00"])
async def test_who_does_not_work_then_is_named(desk: BookingDesk, at: str) -> None:
    """Luca works from 11 to 15 and from 15:30 to 19, and cleans up for 15 minutes."""
    with pytest.raises(OffShift, match=r"^Luca Romano does not work at that time") as refused:
        await desk.book(wished("deep tissue", at, therapist="Luca Romano"), EVA)
    assert refused.value.therapist == "Luca Romano"
    assert refused.value.reason == "opening_taken"
    assert refused.value.alternatives
    await desk.book(wished("deep tissue", "11:00", therapist="Luca Romano"), EVA)
    with pytest.raises(OpeningTaken, match=r"^That time is taken"):
        await desk.book(wished("deep tissue", "11:00", therapist="Luca Romano"), EVA)


async def test_a_cancelled_time_can_be_booked_by_another(desk: BookingDesk) -> None:
    first = await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    cancelled = await desk.cancel(by(ADA, "t2"), first.code)
    assert cancelled.status is Status.CANCELLED
    second = await desk.book(wished("hot stones", "14:00"), by(BEN, "t1"))
    assert second.starts_at == first.starts_at


async def test_who_does_not_work_on_a_day_is_named(desk: BookingDesk) -> None:
    with pytest.raises(TherapistAway) as refused:
        await desk.book(wished("hot stones", "14:00", therapist="Noor Haddad"), EVA)
    assert refused.value.reason == "therapist_away"


async def test_a_time_that_no_day_of_a_range_has_is_refused_with_other_times(
    desk: BookingDesk,
) -> None:
    stones = desk.catalog.treatment_named("hot stones")
    with pytest.raises(OpeningTaken) as refused:
        await desk.find_openings(stones, TUESDAY, at=time(3), last_day=TUESDAY + timedelta(days=2))
    assert refused.value.alternatives


async def test_a_spa_that_is_closed_for_weeks_has_nothing_else_to_offer(
    catalog: Catalog, sessions: async_sessionmaker[AsyncSession], clock: FrozenClock
) -> None:
    weeks = (MONDAY - timedelta(days=30), MONDAY + timedelta(days=30))
    closed = catalog.holidays.model_copy(update={"closed": (weeks,)})
    desk = BookingDesk(catalog.model_copy(update={"holidays": closed}), sessions, clock)
    with pytest.raises(SpaClosed) as refused:
        await desk.book(wished("hot stones", "14:00"), EVA)
    assert refused.value.alternatives == ()


async def test_who_never_gets_to_write_hears_what_is_left(
    catalog: Catalog, sqlite_url: str, clock: FrozenClock
) -> None:
    here, elsewhere = build_engine(sqlite_url, lock_wait_ms=1), build_engine(sqlite_url)
    desk = BookingDesk(catalog, build_sessions(here), clock)
    async with build_sessions(elsewhere).begin() as session:
        await session.execute(text("SELECT 1"))  # its BEGIN IMMEDIATE locks out every writer
        with pytest.raises(OpeningTaken) as refused:
            await desk.book(wished("hot stones", "14:00"), ADA)
    assert len(refused.value.alternatives) == 3
    await here.dispose()
    await elsewhere.dispose()


@pytest.mark.parametrize(("second_fact", "name"), [(False, "Ada"), (True, "")])
async def test_a_later_call_names_a_customer_only_where_numbers_are_believed(
    catalog: Catalog,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
    *,
    second_fact: bool,
    name: str,
) -> None:
    policies = catalog.policies.model_copy(update={"second_fact": second_fact})
    desk = BookingDesk(catalog.model_copy(update={"policies": policies}), sessions, clock)
    await desk.book(wished("hot stones", "14:00"), by(ADA, "t1"))
    later = replace(ADA, call_sid="CA-later")
    await desk.book(wished("classic facial", "09:00", name="Ada"), by(later, "t1"))
    customer = (await desk.history(ADA.phone)).customer
    assert customer is not None
    assert customer.name == name
