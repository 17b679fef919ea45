"""The nouns of a spa's appointment book."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self


class Status(StrEnum):
    """What an appointment has come to."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class ResourceKind(StrEnum):
    """What can be double booked."""

    THERAPIST = "therapist"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, from `starts_at` up to but without `ends_at`; both aware, in UTC."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at

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
        kind: therapist or room.
        resource: the name in the catalog.
        interval: from when to when.
    """

    kind: str
    resource: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Opening:
    """A time that can be booked; `booking.opening_id` gives it a short name.

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
        visits: how many appointments they have had.
        contact: the number that somebody without a caller id gave; proves nothing, "" for none.
    """

    id: int
    phone: str | None
    name: str = ""
    loyalty: str = ""
    preferences: str = ""
    notes: str = ""
    language: str = ""
    visits: int = 0
    contact: str = ""


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
        note: of who booked it.
        call_sid: the call in which it was booked; None for the staff.
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
    note: str = ""
    call_sid: str | None = None


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
class CalendarEntry:
    """An appointment as a calendar shows it.

    Attributes:
        appointment: which.
        customer: the name of who comes, "" when unknown.
        changes: how often it was moved or cancelled.
        changed_at: when it was the last time, or when it was booked; aware.
    """

    appointment: Appointment
    customer: str
    changes: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What a caller asked to be told to the staff.

    Attributes:
        at: when, in the spa's time zone.
        call_sid: in which call.
        contact: the number to call back, "" when none was given.
        verified: whether the telephone network gave that number, and not the caller.
        name: of the caller, "" when unknown.
        text: the message.
    """

    at: datetime
    call_sid: str | None
    contact: str
    verified: bool
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Time that the staff took off the book.

    Attributes:
        id: in the database.
        kind: a therapist's or a room's.
        resource: the name in the catalog.
        starts_at: from when, in the spa's time zone.
        ends_at: until when, in the spa's time zone.
        reason: why.
    """

    id: int
    kind: ResourceKind
    resource: str
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of the appointment book.

    Attributes:
        at: when, in the spa's time zone.
        who: see `Actor`.
        action: what was done, such as `booked`.
        why: the reason that was given.
        call_sid: in which call.
        facts: what changed, in plain values.
    """

    at: datetime
    who: str
    action: str
    why: str
    call_sid: str | None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to the appointment book, and through what.

    Attributes:
        who: `caller`, `staff:<name>` or `system`.
        phone: the caller's number from the signed webhook; None when withheld.
        call_sid: the call, for callers.
        tool_call_id: the model's id of the tool call; a repeat of it changes nothing.
        is_tried_out: whether nobody rang, but somebody tries the agent out in a browser: the
            number is of their own choosing, and is not texted.
    """

    who: str
    phone: str | None = None
    call_sid: str | None = None
    tool_call_id: str | None = None
    is_tried_out: bool = False

    @classmethod
    def staff(cls, name: str) -> Self:
        """Somebody of the house."""
        return cls(f"staff:{name}")

    @classmethod
    def system(cls) -> Self:
        """Nobody: time itself."""
        return cls("system")

    @property
    def is_caller(self) -> bool:
        """Whether the rules for callers hold, and only their own appointments are theirs."""
        return self.who == "caller"

    @property
    def holder(self) -> str:
        """For whom an opening is held: a number keeps its hold when the call is lost."""
        return self.phone or (self.is_caller and self.call_sid) or self.who
