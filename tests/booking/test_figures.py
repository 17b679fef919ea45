from datetime import timedelta

from booking.desk import BookingDesk
from booking.figures import Booked
from booking.models import Actor
from tests.booking.setting import ADA, BEN, EVA, FrozenClock, wished


async def test_bookings_count_for_the_stretch_in_which_they_were_made(
    desk: BookingDesk, clock: FrozenClock
) -> None:
    bounds = [clock() + timedelta(hours=hours) for hours in (0, 2, 4, 6)]
    await desk.book(wished("hot stone", "10:30"), ADA)
    await desk.book(
        wished("classic facial", "13:00"), Actor("caller", ADA.phone, ADA.call_sid, "t2")
    )
    gone = await desk.book(wished("body scrub", "15:00"), BEN)
    await desk.cancel(BEN, gone.code)
    clock.forward(hours=5)
    await desk.book(wished("hot stone", "14:00"), EVA)
    assert await desk.booked(bounds) == [
        Booked(appointments=2, by_phone=2, calls=1, revenue_cents=25_500),
        Booked(),
        Booked(appointments=1, revenue_cents=16_000),
    ]
