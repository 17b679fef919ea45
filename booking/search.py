"""Looking for openings in the book, within a transaction of the desk."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from booking.catalog import Catalog
from booking.errors import OpeningTaken, SpaClosed, TooFarAhead, TooSoon
from booking.models import Availability, Opening
from booking.openings import (
    Free,
    Wish,
    blocked,
    day_interval,
    day_openings,
    local_moment,
    nearest,
    opening_at,
    spread,
)
from booking.store import occupations

OFFERS = 3
"""More cannot be kept in mind by somebody who only hears them."""

LOOK_AHEAD_DAYS = 14
"""How far alternatives are looked for when a day has nothing."""


class Search:
    """Looks into the book at one moment."""

    def __init__(self, session: AsyncSession, catalog: Catalog, now: datetime) -> None:
        self._session = session
        self._catalog = catalog
        self._now = now
        self._today = now.astimezone(catalog.spa.zone).date()
        self._soonest = now + timedelta(minutes=catalog.policies.minimum_notice_minutes)
        self._latest = self._today + timedelta(days=catalog.policies.days_ahead)

    async def offer(self, wish: Wish, last_day: date) -> Availability:
        """What can be had for a wish, from its day to the last day.

        Raises:
            TooSoon, TooFarAhead: the spa does not book then.
            SpaClosed: it is closed on the only day that was wished.
            OpeningTaken: nothing is free then; with alternatives.
        """
        await self._check_days(wish, last_day)
        if wish.at is not None and last_day == wish.day:
            wished = local_moment(wish.day, wish.at, self._catalog.spa.zone)
            if wished is None:
                raise OpeningTaken(
                    "The clocks go forward then, so that time does not exist.",
                    await self.alternatives(wish, None),
                )
            return Availability((await self.exactly(wish, wished),), exact=True)
        openings = await self._from_to(wish, wish.day, last_day)
        if not openings:
            raise OpeningTaken("Nothing is free then.", await self.alternatives(wish, None))
        return Availability(tuple(spread(openings, OFFERS)))

    async def exactly(self, wish: Wish, starts_at: datetime) -> Opening:
        """The opening at a moment.

        Raises:
            TooSoon, TooFarAhead: the spa does not book then.
            OpeningTaken: it is not free; with alternatives.
        """
        if starts_at < self._now:
            raise TooSoon("That time has already passed.", await self.alternatives(wish, None))
        if starts_at < self._soonest:
            raise TooSoon("That is too soon for us.", await self.alternatives(wish, None))
        if wish.day > self._latest:
            raise self._too_far()
        needed = blocked(wish.treatment, starts_at)
        free = Free(await occupations(self._session, needed))
        opening = opening_at(self._catalog, wish, free, starts_at)
        if opening is None:
            raise OpeningTaken("That time is not free.", await self.alternatives(wish, starts_at))
        return opening

    async def alternatives(self, wish: Wish, starts_at: datetime | None) -> list[Opening]:
        """Openings around a moment on the wished day, else on the days after it."""
        anyhow = replace(wish, at=None)
        first_day = max(wish.day, self._today)
        same_day = await self._on(replace(anyhow, day=first_day))
        if starts_at is not None and same_day:
            return nearest(same_day, starts_at, OFFERS)
        later = same_day or await self._from_to(
            replace(anyhow, part_of_day=None),
            first_day + timedelta(days=1),
            first_day + timedelta(days=LOOK_AHEAD_DAYS),
            enough=OFFERS,
        )
        return spread(later, OFFERS)

    async def _check_days(self, wish: Wish, last_day: date) -> None:
        if last_day < self._today:
            raise TooSoon("That day is over.", await self.alternatives(wish, None))
        if wish.day > self._latest:
            raise self._too_far()
        if last_day == wish.day and not self._catalog.opening_hours(wish.day):
            raise SpaClosed("We are closed on that day.", await self.alternatives(wish, None))

    def _too_far(self) -> TooFarAhead:
        days = self._catalog.policies.days_ahead
        return TooFarAhead(f"We only book {days} days ahead.")

    async def _from_to(
        self, wish: Wish, first_day: date, last_day: date, enough: int | None = None
    ) -> list[Opening]:
        found: list[Opening] = []
        day = max(first_day, self._today)
        while day <= min(last_day, self._latest):
            found += await self._on(replace(wish, day=day))
            if enough is not None and len(found) >= enough:
                break
            day += timedelta(days=1)
        return found

    async def _on(self, wish: Wish) -> list[Opening]:
        if wish.day > self._latest or not self._catalog.opening_hours(wish.day):
            return []
        whole_day = day_interval(wish.day, self._catalog.spa.zone)
        occupied = await occupations(self._session, whole_day)
        return day_openings(self._catalog, wish, occupied, self._soonest.astimezone(UTC))
