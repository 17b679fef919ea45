"""Who waits for an opening, and what is held for them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.models import Customer, Opening


class WaitlistStatus(StrEnum):
    """What a wish on the waitlist has come to."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LAPSED = "lapsed"


class PartOfDay(StrEnum):
    """When in a day, as people say it."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Hold:
    """An opening that is kept for somebody who is making up their mind.

    Attributes:
        id: in the database.
        opening: what is kept.
        expires_at: until when, in the spa's time zone; then it is free by itself.
    """

    id: int
    opening: Opening
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """A wish for an opening that was not there.

    Attributes:
        id: in the database.
        customer: who wishes.
        treatment: key of the treatment.
        first_day: from which day on.
        last_day: until which day.
        part_of_day: None for any.
        therapist: None for anybody.
        status: what it has come to.
        offered: the freed opening that is kept for the customer.
        offered_until: until when it is kept, in the spa's time zone.
    """

    id: int
    customer: Customer
    treatment: str
    first_day: date
    last_day: date
    part_of_day: PartOfDay | None
    therapist: str | None
    status: WaitlistStatus
    offered: Opening | None = None
    offered_until: datetime | None = None
