"""The tables of the appointment book.

Whatever is not free is a row of `occupations`, and the database itself refuses two of them that
overlap for one therapist or one room: by an exclusion constraint on PostgreSQL, by triggers on
SQLite (which has one writer at a time, so that what a trigger sees cannot change under it). Both
are made by the first migration.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from database import Base, UtcDateTime

NO_OVERLAP = "occupations_no_overlap"
"""Name of the constraint, and text of the trigger's error."""

LONGEST_OCCUPATION_HOURS = 24
"""So that a look for an overlap needs only one day of an index; longer blocks are several rows."""


class CustomerRow(Base):
    """Somebody who books; see `booking.models.Customer`."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    loyalty: Mapped[str] = mapped_column(String(50), default="")
    preferences: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    contact: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AppointmentRow(Base):
    """A treatment that is booked or cancelled; see `booking.models.Appointment`.

    Attributes:
        therapists: their names, in the order of the opening.
        call_sid: the call that booked it; None for the staff.
        created_by: who booked it; see `booking.models.Actor`.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="appointments_in_order"),
        CheckConstraint("status in ('booked', 'cancelled')", name="appointments_status"),
        Index("appointments_by_customer", "customer_id", "starts_at"),
        Index("appointments_by_start", "starts_at"),
        Index("appointments_by_call", "call_sid"),
        Index("appointments_by_creation", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    treatment: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    therapists: Mapped[list[str]] = mapped_column(JSON)
    room: Mapped[str] = mapped_column(String(100))
    price_cents: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[str] = mapped_column(String(100))
    call_sid: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[CustomerRow] = relationship()


class WaitlistRow(Base):
    """A wish for an opening that was not there; see `booking.models.WaitlistEntry`.

    Attributes:
        offered_starts_at: the start of the opening that was offered last.
        offered_until: when the opening that was offered goes to the next; None while waiting.
    """

    __tablename__ = "waitlist"
    __table_args__ = (Index("waitlist_by_status", "status", "last_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    treatment: Mapped[str] = mapped_column(String(100))
    first_day: Mapped[date]
    last_day: Mapped[date]
    part_of_day: Mapped[str | None] = mapped_column(String(16))
    therapist: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(16))
    offered_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offered_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[CustomerRow] = relationship()


class HoldRow(Base):
    """An opening that is kept for somebody for a while; see `booking.models.Hold`.

    Attributes:
        holder: see `booking.models.Actor.holder`.
        waitlist_id: the wish for which it is kept; None for a caller who is deciding.
    """

    __tablename__ = "holds"
    __table_args__ = (
        Index("holds_by_expiry", "expires_at"),
        Index("holds_by_holder", "holder"),
        Index("holds_by_wish", "waitlist_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    treatment: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    therapists: Mapped[list[str]] = mapped_column(JSON)
    room: Mapped[str] = mapped_column(String(100))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waitlist_id: Mapped[int | None] = mapped_column(ForeignKey("waitlist.id"))


class BlockRow(Base):
    """Time that the staff took off the book; see `booking.models.Block`."""

    __tablename__ = "blocks"
    __table_args__ = (Index("blocks_by_end", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class OccupationRow(Base):
    """A therapist or a room that is not free, buffers included.

    It belongs to an appointment, to a hold or to a block, and goes with a hold or a block.
    """

    __tablename__ = "occupations"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="occupations_in_order"),
        CheckConstraint("kind in ('therapist', 'room')", name="occupations_kind"),
        CheckConstraint(
            "case when appointment_id is null then 0 else 1 end"
            " + case when hold_id is null then 0 else 1 end"
            " + case when block_id is null then 0 else 1 end = 1",
            name="occupations_belong",
        ),
        Index("occupations_by_resource", "kind", "resource", "starts_at"),
        Index("occupations_by_start", "starts_at"),
        Index("occupations_by_appointment", "appointment_id"),
        Index("occupations_by_hold", "hold_id"),
        Index("occupations_by_block", "block_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id", ondelete="CASCADE"))
    block_id: Mapped[int | None] = mapped_column(ForeignKey("blocks.id", ondelete="CASCADE"))


class AuditRow(Base):
    """Who changed what in the appointment book; see `booking.models.AuditEntry`.

    Rows are only added. That a tool call does one thing once makes a repeat of it harmless.
    """

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("call_sid", "tool_call_id", "action", name="audit_once_per_tool_call"),
        Index("audit_by_appointment", "appointment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(100))
    call_sid: Mapped[str | None] = mapped_column(String(64))
    tool_call_id: Mapped[str | None] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(32))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    why: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class MessageRow(Base):
    """What a caller asked to be told to the staff.

    Attributes:
        phone: the caller's number; None when it is no identity.
        contact: the number to call back; of the caller's own saying when `phone` is None.
        done_at: when somebody of the staff dealt with it.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("messages_by_time", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    call_sid: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(32))
    contact: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxRow(Base):
    """A text message that is owed to a customer; see `booking.models.TextMessage`.

    It is written in the transaction that makes it necessary, so that neither is without the other.

    Attributes:
        event_id: the change that it tells of; one text of a kind for each.
        language: of the customer when it was written, "" when unknown.
        due_at: not before; the next attempt, after one that failed.
        good_until: after that it is of no use and is dropped.
        in_doubt: it may have reached Twilio without our hearing of it.
        lease_until: until when the worker that took it has it to itself.
        body: as it was worded for the first attempt, "" before.
        error: why it is not sent, or not delivered.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id", "kind", name="outbox_once_per_event"),
        Index("outbox_by_due", "status", "due_at"),
        Index("outbox_by_appointment", "appointment_id"),
        Index("outbox_by_phone", "phone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    kind: Mapped[str] = mapped_column(String(16))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    phone: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    good_until: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    in_doubt: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(Text, default="")
    message_sid: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TextOptOutRow(Base):
    """A number that wants no text messages."""

    __tablename__ = "text_opt_outs"

    phone: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
