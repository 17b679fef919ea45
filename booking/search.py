"""Looking for openings in the book, within a transaction of the desk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from booking.errors import (
    BookingError,
    FullyBooked,
    InThePast,
    NoSuchTime,
    OffShift,
    OffTheGrid,
    OpeningTaken,
    OutsideHours,
    SpaClosed,
    TherapistAway,
    TooFarAhead,
    TooSoon,
)
from booking.ledger import Ledger
from booking.models import Availability, Interval, Opening
from booking.openings import DayPlan, Wish, nearest, on_grid, reach, spread
from booking.tables import AppointmentRow
from booking.wall_time import ONE_DAY, boundary, local_moment

OFFERS = 3
"""More cannot be kept in mind by somebody who only hears them."""

LOOK_AROUND_DAYS = 14
"""How far alternatives are looked for when a day has nothing."""

LONGEST_RANGE_DAYS = 31
"""Nobody wants to hear more than a month."""


class Search:
    """Looks into the book at one moment, for one actor.

    The rules of notice and grid hold for callers; the staff may book at any minute to come.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        moving: AppointmentRow | None = None,
        for_caller: bool | None = None,
        time_to_answer: timedelta = timedelta(),
    ) -> None:
        """Look into a book.

        Args:
            ledger: the transaction.
            moving: an appointment whose time is free, because it is to be moved.
            for_caller: whether the rules for callers hold; if they do for the actor, when left out.
            time_to_answer: how long what is found can still be booked, at the least.
        """
        self._ledger = ledger
        self._for_caller = ledger.actor.is_caller if for_caller is None else for_caller
        self._catalog = ledger.catalog
        self._moving = moving
        policies = ledger.catalog.policies
        notice = policies.minimum_notice_minutes if self._for_caller else 0
        self._soonest = ledger.now + timedelta(minutes=notice) + time_to_answer
        self._latest = ledger.today + timedelta(days=policies.days_ahead)

    async def offer(self, wish: Wish, last_day: date) -> Availability:
        """What can be had for a wish, from its day to the last day.

        Raises:
            BookingError: nothing; with alternatives.
        """
        # "Five in the afternoon": where an evening begins is no matter then.
        if wish.at is not None:
            wish = replace(wish, part_of_day=None)
        last_day = min(max(last_day, wish.day), wish.day + timedelta(days=LONGEST_RANGE_DAYS))
        try:
            self._check_days(wish, last_day)
            openings = await self._between(wish, wish.day, last_day)
            if wish.at is None:
                if not openings:
                    raise FullyBooked
                return Availability(tuple(spread(openings, OFFERS)))
            at_wish = [opening for opening in openings if opening.starts_at.time() == wish.at]
            if at_wish:
                # In the fold of autumn a wall time comes twice; people mean the first.
                return Availability(tuple(_once_a_day(at_wish)[:OFFERS]), exact=True)
            self._check_time(wish, last_day)
            raise OpeningTaken
        except BookingError as error:
            error.alternatives = tuple(await self.alternatives(wish))
            raise

    async def exactly(self, wish: Wish, starts_at: datetime) -> Opening:
        """The opening at a moment.

        Args:
            wish: for a treatment on the day of the moment.
            starts_at: aware.

        Raises:
            BookingError: it cannot be had; with alternatives.
        """
        starts_at = starts_at.astimezone(self._ledger.zone)
        wish = replace(wish, day=starts_at.date(), at=starts_at.time())
        try:
            self._check_days(wish, wish.day)
            self._check_moment(wish, starts_at)
            plan = await self._plan(wish.day)
            opening = plan.opening_at(wish, starts_at)
            if opening is None:
                _check_shifts(plan, wish, starts_at)
                raise OpeningTaken
            return opening
        except BookingError as error:
            error.alternatives = tuple(await self.alternatives(wish))
            raise

    async def first(self, wish: Wish) -> Opening | None:
        """The first opening of the wished day, if there is one."""
        return next(iter(await self._between(wish, wish.day, wish.day)), None)

    async def right_now(self, wish: Wish, within: timedelta, step_minutes: int) -> Opening:
        """The first opening from this minute on, for somebody who stands at the desk.

        Raises:
            OpeningTaken: there is none so soon; with alternatives.
        """
        plan = await self._plan(wish.day)
        for opening in plan.openings(wish, self._soonest, step_minutes):
            if opening.starts_at.astimezone(UTC) <= self._ledger.now + within:
                return opening
        raise OpeningTaken(alternatives=await self.alternatives(wish))

    async def alternatives(self, wish: Wish) -> list[Opening]:
        """Openings around the wish: on its day if there are any, else on the days around it.

        With the wished therapist and part of day if possible, else without.
        """
        day = min(max(wish.day, self._ledger.today), self._latest)
        at = wish.at or time(12)
        anchor = boundary(day, at, self._ledger.zone)
        anyhow = replace(wish, part_of_day=None)
        around = timedelta(days=LOOK_AROUND_DAYS)
        for first, last in ((day, day), (day - around, day + around)):
            for relaxed in (wish, anyhow, replace(anyhow, therapist=None, team=())):
                found = await self._between(relaxed, first, last)
                if found and first == last and wish.at is None:
                    return spread(found, OFFERS)
                if found:
                    return nearest(found, anchor, OFFERS)
        return []

    async def _between(self, wish: Wish, first: date, last: date) -> list[Opening]:
        """All openings of some days, as far as they may be booked."""
        first, last = max(first, self._ledger.today), min(last, self._latest)
        if first > last:
            return []
        zone = self._ledger.zone
        whole = Interval(reach(first, zone).starts_at, reach(last, zone).ends_at)
        occupied = await self._ledger.occupations(whole, self._moving)
        found: list[Opening] = []
        for offset in range((last - first).days + 1):
            day = first + offset * ONE_DAY
            near = reach(day, zone)
            occupied_then = [item for item in occupied if item.interval.overlaps(near)]
            found += DayPlan(self._catalog, day, occupied_then).openings(wish, self._soonest)
        return found

    async def _plan(self, day: date) -> DayPlan:
        near = reach(day, self._ledger.zone)
        return DayPlan(self._catalog, day, await self._ledger.occupations(near, self._moving))

    def _check_days(self, wish: Wish, last_day: date) -> None:
        """See that the spa may be booked and somebody works on one of the days."""
        if last_day < self._ledger.today:
            raise InThePast(self._soonest.astimezone(self._ledger.zone))
        if wish.day > self._latest:
            raise TooFarAhead(self._latest)
        if last_day != wish.day:
            return
        if not self._catalog.opening_hours(wish.day):
            raise SpaClosed(wish.day, self._catalog.holiday(wish.day))
        plan = DayPlan(self._catalog, wish.day, ())
        for name in sorted(wish.required):
            if not plan.works(name):
                raise TherapistAway(name, wish.day)

    def _check_time(self, wish: Wish, last_day: date) -> None:
        """See that the wall time of a wish is one at which treatments start."""
        if wish.at is None or last_day != wish.day:
            return
        starts_at = local_moment(wish.day, wish.at, self._ledger.zone)
        if starts_at is None:
            raise NoSuchTime
        self._check_moment(wish, starts_at)

    def _check_moment(self, wish: Wish, starts_at: datetime) -> None:
        """See that a treatment may start at a moment, whoever is free then."""
        if starts_at < self._ledger.now:
            raise InThePast(self._soonest.astimezone(self._ledger.zone))
        if starts_at < self._soonest:
            raise TooSoon(self._soonest.astimezone(self._ledger.zone))
        if not DayPlan(self._catalog, wish.day, ()).is_open(wish.treatment, starts_at):
            raise OutsideHours(self._catalog.opening_hours(wish.day))
        slot_minutes = self._catalog.policies.slot_minutes
        if self._for_caller and not on_grid(starts_at, slot_minutes):
            raise OffTheGrid(slot_minutes)


def _check_shifts(plan: DayPlan, wish: Wish, starts_at: datetime) -> None:
    """See that whoever is wished works at a moment."""
    for name in sorted(wish.required):
        if not plan.has_shift(name, wish.treatment, starts_at):
            raise OffShift(name)


def _once_a_day(openings: Sequence[Opening]) -> list[Opening]:
    return [next(same) for _, same in groupby(openings, key=lambda item: item.starts_at.date())]
