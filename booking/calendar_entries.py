"""Appointments for calendars, within a transaction of the desk."""

from sqlalchemy import ColumnElement, func, select

from booking.ledger import Ledger
from booking.models import CalendarEntry
from booking.tables import AppointmentRow, AuditRow, CustomerRow

CHANGES = ("rescheduled", "cancelled")
"""What a calendar has to show anew."""


async def entries(ledger: Ledger, which: ColumnElement[bool]) -> tuple[CalendarEntry, ...]:
    """Some appointments and how they came to be what they are, in the order of time."""
    changes = (
        select(
            AuditRow.appointment_id.label("id"),
            func.count().label("count"),
            func.max(AuditRow.at).label("last"),
        )
        .where(AuditRow.action.in_(CHANGES), AuditRow.appointment_id.is_not(None))
        .group_by(AuditRow.appointment_id)
        .subquery()
    )
    found = await ledger.session.execute(
        select(AppointmentRow, CustomerRow.name, changes.c.count, changes.c.last)
        .join(CustomerRow, AppointmentRow.customer_id == CustomerRow.id)
        .outerjoin(changes, AppointmentRow.id == changes.c.id)
        .where(which)
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
    )
    return tuple(
        CalendarEntry(ledger.appointment(row), name, count or 0, last or row.created_at)
        for row, name, count, last in found
    )
