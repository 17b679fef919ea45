"""The tables of the appointment book.

Whatever is not free is a row of `occupations`, and the database itself refuses two of them that
overlap for one therapist or one room: by an exclusion constraint on PostgreSQL, by triggers on
SQLite (which has one writer at a time, so that what the trigger sees cannot change under it).
"""

from datetime import datetime
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
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OccupationRow(Base):
    """A therapist or a room that is not free, buffers included.

    It belongs to an appointment (also a held one) or to a block of the staff.
    """

    __tablename__ = "occupations"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="occupations_in_order"),
        CheckConstraint("kind in ('therapist', 'room')", name="occupations_kind"),
        Index("occupations_by_resource", "kind", "resource", "starts_at"),
        Index("occupations_by_start", "starts_at"),
        Index("occupations_by_appointment", "appointment_id"),
        Index("occupations_by_block", "block_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    block_id: Mapped[int | None] = mapped_column(ForeignKey("blocks.id"))


class AppointmentRow(Base):
    """A treatment that is held, booked or cancelled; see `booking.models.Appointment`.

    Attributes:
        held_until: when a hold expires; None for what is booked.
        therapists: who does it, in the order of the catalog.
        call_sid: the call that made it.
        tool_call_id: the tool call that made it; the pair is unique, so a repeat is seen.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("call_sid", "tool_call_id", name="appointments_once_per_tool_call"),
        CheckConstraint("starts_at < ends_at", name="appointments_in_order"),
        Index("appointments_by_customer", "customer_id", "starts_at"),
        Index("appointments_by_start", "starts_at"),
        Index("appointments_by_hold", "held_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    treatment: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    therapists: Mapped[list[str]] = mapped_column(JSON)
    room: Mapped[str] = mapped_column(String(100))
    price_cents: Mapped[int]
    source: Mapped[str] = mapped_column(String(100))
    call_sid: Mapped[str | None] = mapped_column(String(64))
    tool_call_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[CustomerRow] = relationship()


class BlockRow(Base):
    """Time that the staff took off the book: a therapist's, or a room's."""

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str] = mapped_column(String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")


class WaitlistRow(Base):
    """A wish for an opening that was not there.

    Attributes:
        offered_at: when a freed opening was offered; None while waiting.
        offered: the opening_id that was offered.
    """

    __tablename__ = "waitlist"
    __table_args__ = (Index("waitlist_by_treatment", "treatment", "first_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    treatment: Mapped[str] = mapped_column(String(100))
    first_day: Mapped[str] = mapped_column(String(10))
    last_day: Mapped[str] = mapped_column(String(10))
    part_of_day: Mapped[str | None] = mapped_column(String(16))
    therapist: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offered: Mapped[str | None] = mapped_column(String(200))

    customer: Mapped[CustomerRow] = relationship()


class AuditRow(Base):
    """Who changed what, when, why and in which call; rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(100))
    call_sid: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
