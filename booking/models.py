"""The nouns of a spa's appointment book."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """What an appointment has come to."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class PartOfDay(StrEnum):
    """When in a day, as people say it."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, from `starts_at` up to but without `ends_at`; both aware."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share a moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, other: "Interval") -> bool:
        """Whether the other lies wholly within this one."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True, slots=True)
class Occupation:
    """A therapist or a room that is not free, buffers included.

    Attributes:
        kind: `therapist` or `room`.
        resource: the name in the catalog.
        interval: from when to when.
    """

    kind: str
    resource: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Opening:
    """A time that can be booked.

    Attributes:
        treatment: key of the treatment.
        starts_at: when the treatment starts, in the spa's time zone.
        ends_at: when it ends, in the spa's time zone.
        therapists: who would do it.
        room: where.
    """

    treatment: str
    starts_at: datetime
    ends_at: datetime
    therapists: tuple[str, ...]
    room: str


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be had.

    Attributes:
        openings: the wished one alone if it can be had, else a few to choose from.
        exact: whether a time was wished and can be had.
    """

    openings: tuple[Opening, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who books.

    Attributes:
        id: in the database.
        phone: E.164; None for a walk-in without one.
        name: as the customer gave it; "" when nobody asked yet.
        loyalty: the level, "" for none.
        preferences: what the customer likes, in free words.
        notes: of the staff.
        language: ISO-639-1, "" when unknown.
    """

    id: int
    phone: str | None
    name: str = ""
    loyalty: str = ""
    preferences: str = ""
    notes: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A treatment that a customer has booked.

    Attributes:
        id: in the database.
        code: what the customer may be told; unambiguous letters and digits.
        customer_id: whose it is.
        treatment: key of the treatment.
        starts_at: when it starts, in the spa's time zone.
        ends_at: when it ends, in the spa's time zone.
        therapists: who does it.
        room: where.
        status: what it has come to.
        price_cents: what it costs.
    """

    id: int
    code: str
    customer_id: int
    treatment: str
    starts_at: datetime
    ends_at: datetime
    therapists: tuple[str, ...]
    room: str
    status: Status
    price_cents: int


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """What a customer has had, and what is to come.

    Attributes:
        customer: None when nobody with that number ever booked.
        upcoming: the soonest first.
        past: the latest first, cancelled ones left out.
    """

    customer: Customer | None
    upcoming: tuple[Appointment, ...] = ()
    past: tuple[Appointment, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to the appointment book, and through what.

    Attributes:
        who: `caller`, `staff:<name>` or `system`.
        phone: the caller's number from the signed webhook; None when withheld.
        call_sid: the call, for callers.
        tool_call_id: the model's id of the tool call; a repeat of it changes nothing.
    """

    who: str
    phone: str | None = None
    call_sid: str | None = None
    tool_call_id: str | None = None
