"""Wall times as moments, on the days when the clocks change too. Pure.

Python compares and subtracts two datetimes of one zone by their wall clocks, so everything that
is compared or measured here and in `booking.openings` is in UTC.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.models import Interval
from booking.spa import MIDNIGHT, Hours

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)


def moments(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The moments with a wall time: one; none in the gap of spring; two in the fold of autumn."""
    wall = datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    both = (wall, wall.replace(fold=1))
    if both[0].utcoffset() == both[1].utcoffset():
        return both[:1]
    return tuple(
        moment
        for moment in both
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)
    )


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The first moment with a wall time; None when the clocks go forward over it."""
    return next(iter(moments(day, at, zone)), None)


def boundary(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the clocks show a wall time or a later one."""
    wall = datetime.combine(day, at)
    while (moment := local_moment(wall.date(), wall.time(), zone)) is None:
        wall += ONE_MINUTE
    return moment.astimezone(UTC)


def day_interval(first: date, zone: ZoneInfo, last: date | None = None) -> Interval:
    """A day from midnight to midnight, 23 to 25 hours of it; or several days."""
    return Interval(
        boundary(first, MIDNIGHT, zone), boundary((last or first) + ONE_DAY, MIDNIGHT, zone)
    )


def stretches(hours: Callable[[date], Hours], day: date, zone: ZoneInfo) -> tuple[Interval, ...]:
    """When something is open on a day and around its two midnights, without needless seams.

    A stretch that ends at midnight goes on in one that begins at midnight.
    """
    return _joined(
        Interval(
            boundary(around, opens, zone),
            boundary(around + ONE_DAY if closes == MIDNIGHT else around, closes, zone),
        )
        for around in (day - ONE_DAY, day, day + ONE_DAY)
        for opens, closes in hours(around)
    )


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for interval in intervals:
        if joined and joined[-1].ends_at >= interval.starts_at:
            joined[-1] = Interval(joined[-1].starts_at, interval.ends_at)
        else:
            joined.append(interval)
    return tuple(joined)
