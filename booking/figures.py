"""What bookings come to, stretch by stretch of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import Status
from booking.tables import AppointmentRow
from database import stretch_of


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked in a stretch of time, and not cancelled since.

    Attributes:
        appointments: how many.
        by_phone: how many of them the agent booked.
        calls: in how many calls.
        revenue_cents: of all of them.
    """

    appointments: int = 0
    by_phone: int = 0
    calls: int = 0
    revenue_cents: int = 0


async def booked(session: AsyncSession, bounds: Sequence[datetime]) -> list[Booked]:
    """What was booked between each two of some moments.

    Args:
        session: the transaction.
        bounds: in the order of time.
    """
    row = AppointmentRow
    stretch = stretch_of(row.created_at.expression, bounds).label("stretch")
    found = await session.execute(
        select(
            stretch,
            func.count(),
            func.count(row.call_sid),
            func.count(row.call_sid.distinct()),
            func.sum(row.price_cents),
        )
        .where(row.created_at >= bounds[0], row.created_at < bounds[-1])
        .where(row.status == Status.BOOKED)
        .group_by(stretch)
    )
    by_number = {number: Booked(*counts) for number, *counts in found}
    return [by_number.get(number, Booked()) for number in range(len(bounds) - 1)]
