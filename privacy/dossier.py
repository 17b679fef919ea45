"""All that is known of a person, for that person."""

from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.tables import (
    AppointmentRow,
    AuditRow,
    CustomerRow,
    MessageRow,
    OutboxRow,
    TextOptOutRow,
    WaitlistRow,
)
from calls.receipts import Receipts
from calls.tables import CallRow
from database import READ_ONLY, Base
from privacy.forget import has_booking_of, has_message_of


async def dossier(sessions: async_sessionmaker[AsyncSession], phone: str) -> dict[str, Any]:
    """What the database holds of a number and of whoever has it, of what JSON has.

    Args:
        sessions: makes database sessions.
        phone: E.164.
    """
    whose = or_(CustomerRow.phone == phone, CustomerRow.contact == phone)
    customers = select(CustomerRow.id).where(whose)
    own = select(AppointmentRow.id).where(AppointmentRow.customer_id.in_(customers))
    queries: dict[str, Select[Any]] = {
        "customers": select(CustomerRow).where(whose),
        "appointments": select(AppointmentRow).where(AppointmentRow.customer_id.in_(customers)),
        "waitlist": select(WaitlistRow).where(WaitlistRow.customer_id.in_(customers)),
        "messages": select(MessageRow).where(
            or_(MessageRow.phone == phone, MessageRow.contact == phone)
        ),
        "texts": select(OutboxRow).where(
            or_(OutboxRow.phone == phone, OutboxRow.customer_id.in_(customers))
        ),
        "text_opt_outs": select(TextOptOutRow).where(TextOptOutRow.phone == phone),
        "changes": select(AuditRow).where(
            or_(AuditRow.customer_id.in_(customers), AuditRow.appointment_id.in_(own))
        ),
    }
    async with sessions() as session:
        await session.connection(execution_options=READ_ONLY)
        known = {
            kind: [_row(row) for row in await session.scalars(query)]
            for kind, query in queries.items()
        }
        # A number that somebody with a number of their own left may be anybody's.
        left = CallRow.caller.is_(None) & or_(has_message_of(phone), has_booking_of(customers))
        theirs = select(CallRow.call_sid).where(or_(CallRow.caller == phone, left))
        sids = (await session.scalars(theirs.order_by(CallRow.rang_at))).all()
    receipts = [await Receipts(sessions).of(sid) for sid in sids]
    known["calls"] = [receipt.as_json() for receipt in receipts if receipt]
    return to_jsonable_python({"phone": phone} | known)


def _row(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
