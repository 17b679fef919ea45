"""Booking, cancelling and remembering, on both databases."""

from datetime import time

import pytest

from booking.desk import BookingDesk
from booking.errors import OffShift, OpeningTaken
from booking.models import Status
from tests.booking.setting import ADA, BEN, EVA, TUESDAY, by, moment, wished


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
