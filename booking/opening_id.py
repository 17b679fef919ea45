"""A short name for an opening, such as `1201-1400-K7Q2MX`. Pure.

It is made of day, wall time and a digest of treatment, moment and therapists, so nothing has to
be stored for an offer, and a name that was made up instead of offered is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from itertools import combinations

from booking.catalog import Catalog
from booking.errors import UnknownOpening
from booking.models import Opening
from booking.spa import Treatment
from booking.wall_time import moments

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGEST_LENGTH = 6

_FORM = re.compile(r"(\d{2})(\d{2})-(\d{2})(\d{2})-([0-9A-Z]{6})")


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
    starts_at = opening.starts_at.astimezone(catalog.spa.zone)
    return f"{starts_at:%m%d-%H%M}-{_digest(opening.treatment, starts_at, opening.therapists)}"


def decode(catalog: Catalog, opening_id: str, today: date) -> NamedOpening:
    """The opening of a name.

    Args:
        catalog: the spa.
        opening_id: the name, in capitals or not.
        today: in the spa's time zone; the name leaves out the year.

    Raises:
        UnknownOpening: it is no name of an opening of this catalog.
    """
    matched = _FORM.fullmatch(opening_id.strip().upper())
    if matched is None:
        raise UnknownOpening
    month, day, hour, minute = (int(part) for part in matched.groups()[:4])
    for named in _candidates(catalog, today, (month, day), (hour, minute)):
        if _digest(named.treatment.key, named.starts_at, named.therapists) == matched[5]:
            return named
    raise UnknownOpening


def _candidates(
    catalog: Catalog, today: date, month_and_day: tuple[int, int], clock: tuple[int, int]
) -> Iterator[NamedOpening]:
    # The longest that a spa may be booked ahead is two years.
    for year in (today.year, today.year + 1, today.year + 2, today.year - 1):
        try:
            day, at = date(year, *month_and_day), time(*clock)
        except ValueError:
            continue  # the thirtieth of February, or the twenty-ninth of most
        for starts_at in moments(day, at, catalog.spa.zone):
            for treatment in catalog.treatments:
                for team in combinations(sorted(treatment.therapists), treatment.people):
                    yield NamedOpening(treatment, starts_at, team)


def _digest(treatment: str, starts_at: datetime, therapists: tuple[str, ...]) -> str:
    moment = starts_at.astimezone(UTC).isoformat()
    text = "\n".join((treatment, moment, *sorted(therapists)))
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(DIGEST_LENGTH))
