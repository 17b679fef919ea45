"""Which text messages a change owes to the customer, within its own transaction.

Only the number that the telephone network or the staff gave is texted, never one that a caller
without a caller id claimed.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import update

from booking.ledger import Ledger
from booking.models import Opening
from booking.tables import AppointmentRow, AuditRow, CustomerRow, OutboxRow
from booking.text_message import TextKind, TextStatus
from booking.wall_time import ONE_DAY, boundary


@dataclass(frozen=True, slots=True)
class _Owed:
    """What a text is about, whatever its kind; `good_until`: after that it is of no use."""

    event: AuditRow
    customer: CustomerRow
    facts: dict[str, Any]
    good_until: datetime
    appointment: AppointmentRow | None = None


async def owe_confirmation(ledger: Ledger, event: AuditRow, row: AppointmentRow) -> None:
    """Tell of a booking now, and remind of it."""
    await _owe_both(ledger, event, row, TextKind.CONFIRMATION)


async def owe_change(ledger: Ledger, event: AuditRow, row: AppointmentRow) -> None:
    """Tell of the new time now, and remind of it instead of the old one."""
    await _drop_reminder(ledger, row)
    await _owe_both(ledger, event, row, TextKind.CHANGE)


async def owe_cancellation(ledger: Ledger, event: AuditRow, row: AppointmentRow) -> None:
    """Tell that nobody need come, and remind of nothing."""
    await _drop_reminder(ledger, row)
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    owed = _Owed(event, customer, _facts(ledger, row), row.starts_at, row)
    await _owe(ledger, owed, TextKind.CANCELLATION)


async def owe_offer(
    ledger: Ledger, event: AuditRow, customer: CustomerRow, opening: Opening, until: datetime
) -> None:
    """Tell of an opening that is kept for a wish on the waitlist."""
    facts = {
        "treatment": ledger.catalog.treatment_name(opening.treatment),
        "starts_at": opening.starts_at.astimezone(ledger.zone).isoformat(),
        "therapists": list(opening.therapists),
        "until": until.astimezone(ledger.zone).isoformat(),
    }
    await _owe(ledger, _Owed(event, customer, facts, until), TextKind.OFFER)


async def _owe_both(
    ledger: Ledger, event: AuditRow, row: AppointmentRow, told_as: TextKind
) -> None:
    """What tells of a time now, and the reminder if the day before is still to come."""
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    owed = _Owed(event, customer, _facts(ledger, row), row.starts_at, row)
    await _owe(ledger, owed, told_as)
    rules = ledger.catalog.messages
    day_before = row.starts_at.astimezone(ledger.zone).date() - ONE_DAY
    reminded_at = boundary(day_before, time(rules.reminder_hour), ledger.zone)
    if rules.reminders and reminded_at > ledger.now:
        await _owe(ledger, owed, TextKind.REMINDER, due_at=reminded_at)


async def _owe(
    ledger: Ledger, owed: _Owed, kind: TextKind, *, due_at: datetime | None = None
) -> None:
    """Write one text down; nothing is owed to who has no number."""
    phone = owed.customer.phone
    if not ledger.catalog.messages.enabled or phone is None:
        return
    unwanted = _unwanted(ledger, phone, kind)
    row = OutboxRow(
        event_id=owed.event.id,
        kind=kind,
        customer_id=owed.customer.id,
        appointment_id=owed.appointment.id if owed.appointment else None,
        phone=phone,
        language=owed.customer.language,
        facts=owed.facts,
        due_at=due_at or ledger.now,
        good_until=owed.good_until,
        status=TextStatus.DROPPED if unwanted else TextStatus.WAITING,
        error=unwanted,
        created_at=ledger.now,
    )
    ledger.session.add(row)
    await ledger.session.flush()


def _unwanted(ledger: Ledger, phone: str, kind: TextKind) -> str:
    """Why a text is written down and never sent; "" when it is sent."""
    if ledger.actor.is_tried_out and kind is not TextKind.OFFER:  # an offer is for somebody else
        return "it comes of a call of the browser phone, and nobody rang from that number"
    if not ledger.catalog.is_texted(phone):
        return "numbers of that country are not texted, see messages.countries"
    return ""


async def _drop_reminder(ledger: Ledger, row: AppointmentRow) -> None:
    await ledger.session.execute(
        update(OutboxRow)
        .where(OutboxRow.appointment_id == row.id, OutboxRow.kind == TextKind.REMINDER)
        .where(OutboxRow.status.in_((TextStatus.WAITING, TextStatus.SENDING)))
        .values(status=TextStatus.DROPPED, error="the appointment was changed")
    )


def _facts(ledger: Ledger, row: AppointmentRow) -> dict[str, Any]:
    return {
        "treatment": ledger.catalog.treatment_name(row.treatment),
        "starts_at": row.starts_at.astimezone(ledger.zone).isoformat(),
        "therapists": list(row.therapists),
        "code": row.code,
    }
