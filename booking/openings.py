"""Which openings there are. Pure: the catalog and what is occupied in, openings out.

Times of a day are wall times of the spa, so that a treatment at nine stays at nine over a
change of the clocks; lengths are real time, so that ninety minutes stay ninety minutes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from booking.catalog import DAYS as WEEKDAYS
from booking.catalog import Catalog, Days, Therapist, Treatment
from booking.models import Interval, Occupation, Opening, PartOfDay

NOON, EVENING = time(12), time(17)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like.

    Attributes:
        treatment: what.
        day: on which day, in the spa's time zone.
        at: at what wall time; None for any.
        part_of_day: None for any.
        therapist: by whom; None for anybody who can.
    """

    treatment: Treatment
    day: date
    at: time | None = None
    part_of_day: PartOfDay | None = None
    therapist: str | None = None


class Free:
    """What is occupied, asked the other way round."""

    def __init__(self, occupations: Iterable[Occupation]) -> None:
        self._taken: dict[tuple[str, str], list[Interval]] = defaultdict(list)
        for occupation in occupations:
            self._taken[occupation.kind, occupation.resource].append(occupation.interval)

    def __call__(self, kind: str, resource: str, interval: Interval) -> bool:
        """Whether nothing that is occupied touches the interval."""
        return not any(taken.overlaps(interval) for taken in self._taken[kind, resource])


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """A wall time as a moment; None in the gap of a change to summer time.

    In the fold of a change back, the first of the two.
    """
    moment = datetime.combine(day, at, tzinfo=zone)
    there_and_back = moment.astimezone(UTC).astimezone(zone)
    return moment if there_and_back.time() == at else None


def day_interval(day: date, zone: ZoneInfo) -> Interval:
    """A day from midnight to midnight; 23 to 25 hours."""
    return Interval(
        datetime.combine(day, time(), tzinfo=zone).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC),
    )


def blocked(treatment: Treatment, starts_at: datetime) -> Interval:
    """What a treatment takes of therapists and room: its buffers too."""
    return Interval(
        starts_at.astimezone(UTC) - timedelta(minutes=treatment.buffer_before),
        starts_at.astimezone(UTC) + treatment.length + timedelta(minutes=treatment.buffer_after),
    )


def day_openings(
    catalog: Catalog, wish: Wish, occupations: Iterable[Occupation], not_before: datetime
) -> list[Opening]:
    """All openings of a day, one for each start, in the order of time.

    Args:
        catalog: the spa.
        wish: the time of the wish, if any, does not matter here.
        occupations: all of that day, and what reaches into it.
        not_before: the soonest moment that may be booked, aware.
    """
    free = Free(occupations)
    openings: list[Opening] = []
    for starts_at in _grid(catalog, wish):
        if starts_at < not_before or not _in_part(starts_at, wish.part_of_day):
            continue
        opening = opening_at(catalog, wish, free, starts_at)
        if opening is not None:
            openings.append(opening)
    return openings


def opening_at(catalog: Catalog, wish: Wish, free: Free, starts_at: datetime) -> Opening | None:
    """The opening at a moment, if the hours allow it and therapists and a room are free."""
    treatment, zone = wish.treatment, catalog.spa.zone
    ends_at = (starts_at.astimezone(UTC) + treatment.length).astimezone(zone)
    treated = Interval(starts_at.astimezone(UTC), ends_at.astimezone(UTC))
    if not _within(treated, wish.day, catalog.opening_hours(wish.day), zone):
        return None
    needed = blocked(treatment, starts_at)
    team = _team(catalog, wish, free, treated, needed)
    rooms = [room.name for room in catalog.rooms if room.kind == treatment.room]
    room = next((name for name in rooms if free("room", name, needed)), None)
    if team is None or room is None:
        return None
    return Opening(treatment.key, starts_at, ends_at, team, room)


def spread(openings: Sequence[Opening], count: int) -> list[Opening]:
    """A few openings that are useful to hear: the first, the last, and some between."""
    if len(openings) <= count:
        return list(openings)
    if count == 1:
        return [openings[0]]
    step = (len(openings) - 1) / (count - 1)
    return [openings[round(index * step)] for index in range(count)]


def nearest(openings: Sequence[Opening], wished_at: datetime, count: int) -> list[Opening]:
    """The openings around a moment, the nearest before and after first, told in order of time.

    At least one on each side, as long as there is one.
    """
    before = [opening for opening in openings if opening.starts_at < wished_at]
    after = [opening for opening in openings if opening.starts_at >= wished_at]
    chosen = before[-1:] + after[:1]
    rest = sorted(
        (opening for opening in openings if opening not in chosen),
        key=lambda opening: abs(opening.starts_at - wished_at),
    )
    return sorted((chosen + rest)[:count], key=lambda opening: opening.starts_at)


def _grid(catalog: Catalog, wish: Wish) -> Iterator[datetime]:
    """The moments of a day at which a treatment may start."""
    step = timedelta(minutes=catalog.policies.slot_minutes)
    for opens, closes in catalog.opening_hours(wish.day):
        wall = datetime.combine(wish.day, opens)
        while wall.date() == wish.day and wall.time() < closes:
            moment = local_moment(wish.day, wall.time(), catalog.spa.zone)
            if moment is not None:
                yield moment
            wall += step


def _in_part(starts_at: datetime, part: PartOfDay | None) -> bool:
    if part is None:
        return True
    at = starts_at.time()
    if at < NOON:
        return part is PartOfDay.MORNING
    return part is (PartOfDay.AFTERNOON if at < EVENING else PartOfDay.EVENING)


def _within(
    interval: Interval, day: date, hours: Iterable[tuple[time, time]], zone: ZoneInfo
) -> bool:
    """Whether an interval lies within one stretch of a day's hours."""
    return any(
        Interval(
            datetime.combine(day, opens, tzinfo=zone).astimezone(UTC),
            datetime.combine(day, closes, tzinfo=zone).astimezone(UTC),
        ).contains(interval)
        for opens, closes in hours
    )


def _team(
    catalog: Catalog, wish: Wish, free: Free, treated: Interval, needed: Interval
) -> tuple[str, ...] | None:
    """The therapists who would do it: the wished one among them, if there is a wish."""
    able = [
        person.name
        for person in catalog.therapists
        if person.name in wish.treatment.therapists
        and _works(person, wish.day, treated, catalog.spa.zone)
        and free("therapist", person.name, needed)
    ]
    for team in combinations(able, wish.treatment.people):
        if wish.therapist is None or wish.therapist in team:
            return team
    return None


def _works(person: Therapist, day: date, treated: Interval, zone: ZoneInfo) -> bool:
    if _off(person.time_off, day):
        return False
    shifts = person.shifts.get(WEEKDAYS[day.weekday()], ())
    return _within(treated, day, shifts, zone)


def _off(time_off: Iterable[Days], day: date) -> bool:
    return any(first <= day <= last for first, last in time_off)
