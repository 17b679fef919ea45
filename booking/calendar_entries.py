"""Appointments for calendars, within a transaction of the desk."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from booking.ledger import Ledger
from booking.models import CalendarEntry
from booking.tables import AppointmentRow, AuditRow, CustomerRow

CHANGES = ("rescheduled", "cancelled")
"""What a calendar has to show anew."""


async def entries(ledger: Ledger, which: ColumnElement[bool]) -> tuple[CalendarEntry, ...]:
    """Some appointments and how they came to be what they are, in the order of time."""
    found = await ledger.session.execute(query(which))
    return tuple(
        CalendarEntry(ledger.appointment(row), name, count, changed_at)
        for row, name, count, changed_at in found
    )


def query(which: ColumnElement[bool]) -> Select[AppointmentRow, str, int, datetime]:
    """Some appointments, each with its customer's name, its changes, and since when it is so.

    The audit is looked into for these appointments alone: it is as long as the house is old.
    """
    its_changes = (AuditRow.appointment_id == AppointmentRow.id) & AuditRow.action.in_(CHANGES)
    return (
        select(
            AppointmentRow,
            CustomerRow.name,
            select(func.count()).where(its_changes).scalar_subquery(),
            func.coalesce(
                select(func.max(AuditRow.at)).where(its_changes).scalar_subquery(),
                AppointmentRow.created_at,
            ),
        )
        .join(CustomerRow, AppointmentRow.customer_id == CustomerRow.id)
        .where(which)
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
    )
