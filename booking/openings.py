"""Which openings there are. Pure: the catalog and what is occupied in, openings out.

Treatments start at wall times of the spa, so that nine o'clock stays nine o'clock over a change
of the clocks; lengths are real time, so that ninety minutes stay ninety minutes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.catalog import Catalog
from booking.models import Interval, Occupation, Opening, ResourceKind
from booking.spa import LONGEST_BUFFER_MINUTES, LONGEST_MINUTES, Treatment
from booking.waiting import PartOfDay
from booking.wall_time import day_interval, local_moment, moments, stretches

__all__ = [
    "DayPlan",
    "Wish",
    "local_moment",
    "nearest",
    "occupied_by",
    "on_grid",
    "reach",
    "spread",
]

NOON, EVENING = time(12), time(17)
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like.

    Attributes:
        treatment: what.
        day: on which day, in the spa's time zone.
        at: at what wall time; None for any.
        part_of_day: None for any.
        therapist: who must be among those who do it; None for anybody who can.
        team: who all must be, as offered; empty for anybody.
        rather: who should be, if they are free.
    """

    treatment: Treatment
    day: date
    at: time | None = None
    part_of_day: PartOfDay | None = None
    therapist: str | None = None
    team: tuple[str, ...] = ()
    rather: tuple[str, ...] = ()

    @property
    def required(self) -> set[str]:
        """Every therapist who must be there."""
        return {*self.team, self.therapist} if self.therapist else set(self.team)


def occupied_by(treatment: Treatment, starts_at: datetime) -> Interval:
    """What a treatment takes of therapists and room, in UTC: its buffers too."""
    starts_at = starts_at.astimezone(UTC)
    return Interval(
        starts_at - timedelta(minutes=treatment.buffer_before),
        starts_at + treatment.length + timedelta(minutes=treatment.buffer_after),
    )


def reach(day: date, zone: ZoneInfo) -> Interval:
    """What can matter to a treatment that starts on a day: it may begin before and end after it."""
    whole_day = day_interval(day, zone)
    return Interval(
        whole_day.starts_at - timedelta(minutes=LONGEST_BUFFER_MINUTES),
        whole_day.ends_at + timedelta(minutes=LONGEST_MINUTES + LONGEST_BUFFER_MINUTES),
    )


def on_grid(starts_at: datetime, slot_minutes: int) -> bool:
    """Whether treatments may start at the wall time of a moment."""
    since_midnight = starts_at.hour * 60 + starts_at.minute
    return since_midnight % slot_minutes == 0 and not (starts_at.second or starts_at.microsecond)


class DayPlan:
    """One day of the spa: who works, and what is taken."""

    def __init__(self, catalog: Catalog, day: date, occupations: Iterable[Occupation]) -> None:
        """Lay out a day.

        Args:
            catalog: the spa.
            day: in the spa's time zone.
            occupations: all within reach of the day, see `reach`.
        """
        self._catalog = catalog
        self._day = day
        zone = catalog.spa.zone
        self._open = stretches(catalog.opening_hours, day, zone)
        self._shifts = {
            person.name: stretches(person.hours, day, zone) for person in catalog.therapists
        }
        self._taken: dict[tuple[str, str], list[Interval]] = defaultdict(list)
        for occupation in occupations:
            self._taken[occupation.kind, occupation.resource].append(occupation.interval)

    def is_open(self, treatment: Treatment, starts_at: datetime) -> bool:
        """Whether the spa is open at a moment, for as long as the treatment takes."""
        starts_at = starts_at.astimezone(UTC)
        return _within(self._open, Interval(starts_at, starts_at + treatment.length))

    def works(self, therapist: str) -> bool:
        """Whether somebody has a shift that touches the day."""
        whole_day = day_interval(self._day, self._catalog.spa.zone)
        return any(shift.overlaps(whole_day) for shift in self._shifts[therapist])

    def has_shift(self, therapist: str, treatment: Treatment, starts_at: datetime) -> bool:
        """Whether somebody works at a moment, for as long as a treatment takes of them."""
        return _within(self._shifts[therapist], occupied_by(treatment, starts_at))

    def openings(
        self, wish: Wish, not_before: datetime, step_minutes: int | None = None
    ) -> list[Opening]:
        """All openings of the day, one for each start, in the order of time.

        Args:
            wish: the day and the wall time in it, if any, do not matter here.
            not_before: the soonest moment that may be booked, aware.
            step_minutes: how far two starts are apart; the house's grid unless it is given.
        """
        found = (
            self.opening_at(wish, starts_at)
            for starts_at in self._grid(step_minutes or self._catalog.policies.slot_minutes)
            if starts_at.astimezone(UTC) >= not_before and _in_part(starts_at, wish.part_of_day)
        )
        return [opening for opening in found if opening is not None]

    def opening_at(self, wish: Wish, starts_at: datetime) -> Opening | None:
        """The opening at a moment, if the hours allow it and therapists and a room are free."""
        treatment, zone = wish.treatment, self._catalog.spa.zone
        if not self.is_open(treatment, starts_at):
            return None
        needed = occupied_by(treatment, starts_at)
        team, room = self._team(wish, needed), self._room(treatment, needed)
        if team is None or room is None:
            return None
        starts_at = starts_at.astimezone(UTC)
        return Opening(
            treatment.key,
            starts_at.astimezone(zone),
            (starts_at + treatment.length).astimezone(zone),
            team,
            room,
        )

    def _grid(self, step_minutes: int) -> Iterator[datetime]:
        for minutes in range(0, MINUTES_A_DAY, step_minutes):
            at = time(minutes // 60, minutes % 60)
            yield from moments(self._day, at, self._catalog.spa.zone)

    def _team(self, wish: Wish, needed: Interval) -> tuple[str, ...] | None:
        """Who would do it: who must, then who rather should, then who has least to do."""
        able = [
            person.name
            for person in self._catalog.therapists
            if person.name in wish.treatment.therapists
            and _within(self._shifts[person.name], needed)
            and self._is_free(ResourceKind.THERAPIST, person.name, needed)
        ]
        if not wish.required <= set(able) or len(able) < wish.treatment.people:
            return None
        able.sort(
            key=lambda name: (name not in wish.required, name not in wish.rather, self._busy(name))
        )
        return tuple(able[: wish.treatment.people])

    def _room(self, treatment: Treatment, needed: Interval) -> str | None:
        for room in self._catalog.rooms:
            if room.kind == treatment.room and self._is_free(ResourceKind.ROOM, room.name, needed):
                return room.name
        return None

    def _is_free(self, kind: ResourceKind, resource: str, needed: Interval) -> bool:
        return not any(taken.overlaps(needed) for taken in self._taken[kind, resource])

    def _busy(self, therapist: str) -> timedelta:
        """How much of the day somebody is occupied: work is given to those who have least."""
        taken = self._taken[ResourceKind.THERAPIST, therapist]
        return sum((interval.length for interval in taken), timedelta())


def _within(stretches: Iterable[Interval], interval: Interval) -> bool:
    return any(stretch.contains(interval) for stretch in stretches)


def _in_part(starts_at: datetime, part: PartOfDay | None) -> bool:
    if part is None:
        return True
    at = starts_at.time()
    if at < NOON:
        return part is PartOfDay.MORNING
    return part is (PartOfDay.AFTERNOON if at < EVENING else PartOfDay.EVENING)


def spread(openings: Sequence[Opening], count: int) -> list[Opening]:
    """Two openings or more that are useful to hear: the first, the last, and some between."""
    if len(openings) <= count:
        return list(openings)
    step = (len(openings) - 1) / (count - 1)
    return [openings[round(index * step)] for index in range(count)]


def nearest(openings: Sequence[Opening], wished_at: datetime, count: int) -> list[Opening]:
    """The openings around a moment, in the order of time; one on each side where there is one."""
    wished_at = wished_at.astimezone(UTC)

    def distance(opening: Opening) -> timedelta:
        return abs(opening.starts_at.astimezone(UTC) - wished_at)

    ordered = sorted(openings, key=lambda opening: opening.starts_at.astimezone(UTC))
    before = [opening for opening in ordered if opening.starts_at.astimezone(UTC) < wished_at]
    after = ordered[len(before) :]
    chosen = before[-1:] + after[:1]
    rest = sorted((opening for opening in ordered if opening not in chosen), key=distance)
    chosen = (sorted(chosen, key=distance) + rest)[:count]
    return sorted(chosen, key=lambda opening: opening.starts_at.astimezone(UTC))
