"""A short name for an opening, such as `1201-1400-3-2`. Pure.

It is made of day, wall time, and the places of treatment and therapists in the catalog, so
nothing has to be stored for an offer, and only what was really offered can be named.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.catalog import Catalog, Treatment
from booking.errors import NotFound
from booking.models import Opening
from booking.openings import local_moment

_FORM = re.compile(r"(\d{2})(\d{2})-(\d{2})(\d{2})-(\d{1,3})-(\d{1,3}(?:\.\d{1,3})*)")


@dataclass(frozen=True, slots=True)
class NamedOpening:
    """What an opening_id says; whether it is still free is for the desk to see.

    Attributes:
        treatment: what.
        starts_at: when, in the spa's time zone.
        therapists: by whom.
    """

    treatment: Treatment
    starts_at: datetime
    therapists: tuple[str, ...]


def encode(catalog: Catalog, opening: Opening) -> str:
    """The name of an opening."""
    treatment = next(
        place for place, item in enumerate(catalog.treatments) if item.key == opening.treatment
    )
    names = [person.name for person in catalog.therapists]
    team = ".".join(str(names.index(name)) for name in opening.therapists)
    return f"{opening.starts_at:%m%d-%H%M}-{treatment}-{team}"


def decode(catalog: Catalog, opening_id: str, today: date) -> NamedOpening:
    """The opening of a name; the year is the one in which the day comes next.

    Raises:
        NotFound: it is no name of an opening of this catalog.
    """
    matched = _FORM.fullmatch(opening_id.strip())
    if matched is None:
        raise NotFound("There is no such opening. Look up the openings again.")
    month, day, hour, minute, treatment = (int(part) for part in matched.groups()[:5])
    team = [int(part) for part in matched[6].split(".")]
    try:
        starts_at = local_moment(
            _next(today, month, day),
            datetime.min.replace(hour=hour, minute=minute).time(),
            catalog.spa.zone,
        )
        people = tuple(catalog.therapists[place].name for place in team)
        named = catalog.treatments[treatment]
    except (ValueError, IndexError) as error:
        raise NotFound("There is no such opening. Look up the openings again.") from error
    if starts_at is None:
        raise NotFound("There is no such time on that day. Look up the openings again.")
    return NamedOpening(named, starts_at, people)


def _next(today: date, month: int, day: int) -> date:
    """The day that comes next, today included; yesterday stays yesterday."""
    yesterday = today - timedelta(days=1)
    this_year = date(today.year, month, day)
    return this_year if this_year >= yesterday else this_year.replace(year=today.year + 1)
