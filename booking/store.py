"""Rows in and out of the appointment book, within a transaction of the desk."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.models import (
    Actor,
    Appointment,
    Customer,
    Interval,
    Occupation,
    Opening,
    Status,
)
from booking.tables import (
    LONGEST_OCCUPATION_HOURS,
    AppointmentRow,
    AuditRow,
    CustomerRow,
    OccupationRow,
)

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mix up."""

CODE_LENGTH = 6
"""A billion codes; the database refuses the same one twice."""


def new_code() -> str:
    """A confirmation code."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


async def occupations(session: AsyncSession, interval: Interval) -> list[Occupation]:
    """All that is not free at some moment of the interval."""
    rows = await session.execute(
        select(
            OccupationRow.kind,
            OccupationRow.resource,
            OccupationRow.starts_at,
            OccupationRow.ends_at,
        ).where(
            # The first bound is there for the index: no occupation is longer than that.
            OccupationRow.starts_at
            > interval.starts_at - timedelta(hours=LONGEST_OCCUPATION_HOURS),
            OccupationRow.starts_at < interval.ends_at,
            OccupationRow.ends_at > interval.starts_at,
        )
    )
    return [Occupation(row[0], row[1], Interval(row[2], row[3])) for row in rows]


def occupy(session: AsyncSession, row: AppointmentRow, opening: Opening, needed: Interval) -> None:
    """Take therapists and room for an appointment; the database refuses an overlap at flush."""
    resources = [("therapist", name) for name in opening.therapists] + [("room", opening.room)]
    session.add_all(
        OccupationRow(
            kind=kind,
            resource=resource,
            starts_at=needed.starts_at,
            ends_at=needed.ends_at,
            appointment_id=row.id,
        )
        for kind, resource in resources
    )


async def vacate(session: AsyncSession, appointment_id: int) -> None:
    """Give back what an appointment took."""
    await session.execute(
        delete(OccupationRow).where(OccupationRow.appointment_id == appointment_id)
    )


async def sweep_holds(session: AsyncSession, now: datetime) -> None:
    """Let go of holds that have expired."""
    expired = await session.scalars(
        select(AppointmentRow).where(
            AppointmentRow.held_until.is_not(None), AppointmentRow.held_until <= now
        )
    )
    for row in expired:
        await vacate(session, row.id)
        audit(session, now, Actor("system"), "expire", row, "the hold expired")
        await session.delete(row)


async def customer_row(session: AsyncSession, phone: str | None) -> CustomerRow | None:
    """The customer with a number."""
    if phone is None:
        return None
    return await session.scalar(select(CustomerRow).where(CustomerRow.phone == phone))


async def ensure_customer(
    session: AsyncSession, now: datetime, phone: str | None, name: str
) -> CustomerRow:
    """The customer with a number, made when new; the first name that is given is kept."""
    row = await customer_row(session, phone)
    if row is None:
        row = CustomerRow(phone=phone, name=name, created_at=now)
        session.add(row)
        await session.flush()
    elif name and not row.name:
        row.name = name
    return row


async def count_open(session: AsyncSession, customer_id: int, now: datetime) -> int:
    """How many coming appointments a customer has."""
    counted = await session.scalar(
        select(func.count())
        .select_from(AppointmentRow)
        .where(
            AppointmentRow.customer_id == customer_id,
            AppointmentRow.starts_at > now,
            AppointmentRow.status == Status.BOOKED,
        )
    )
    return counted or 0


def audit(
    session: AsyncSession,
    now: datetime,
    actor: Actor,
    action: str,
    row: Any,
    reason: str = "",
    **detail: Any,
) -> None:
    """Note who did what to a row."""
    session.add(
        AuditRow(
            at=now,
            who=actor.who,
            call_sid=actor.call_sid,
            action=action,
            subject=row.__tablename__,
            subject_id=row.id,
            reason=reason,
            detail=detail,
        )
    )


def to_customer(row: CustomerRow) -> Customer:
    """A customer from its row."""
    return Customer(
        id=row.id,
        phone=row.phone,
        name=row.name,
        loyalty=row.loyalty,
        preferences=row.preferences,
        notes=row.notes,
        language=row.language,
    )


def to_appointment(row: AppointmentRow, zone: ZoneInfo) -> Appointment:
    """An appointment from its row, in the spa's time zone."""
    return Appointment(
        id=row.id,
        code=row.code,
        customer_id=row.customer_id,
        treatment=row.treatment,
        starts_at=row.starts_at.astimezone(zone),
        ends_at=row.ends_at.astimezone(zone),
        therapists=tuple(row.therapists),
        room=row.room,
        status=Status(row.status),
        price_cents=row.price_cents,
    )


def to_appointments(rows: Sequence[AppointmentRow], zone: ZoneInfo) -> tuple[Appointment, ...]:
    """Appointments from their rows, in the spa's time zone."""
    return tuple(to_appointment(row, zone) for row in rows)
