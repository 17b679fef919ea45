"""Messages to the staff, within a transaction of the desk."""

from sqlalchemy import select

from booking import customers
from booking.ledger import Ledger
from booking.models import Message
from booking.tables import MessageRow

SHOWN = 50
"""How many messages are shown at once."""


async def take(ledger: Ledger, text: str, name: str, contact: str) -> None:
    """Write a message down; a repeat of the tool call writes nothing twice."""
    if await ledger.noted("message_taken"):
        return
    customer = await customers.row_of(ledger, ledger.actor.phone)
    row = MessageRow(
        at=ledger.now,
        call_sid=ledger.actor.call_sid,
        phone=ledger.actor.phone,
        contact=contact or ledger.actor.phone or "",
        name=name or (customer.name if customer else ""),
        text=text,
    )
    ledger.session.add(row)
    await ledger.session.flush()
    await ledger.note(
        "message_taken", customer_id=customer.id if customer else None, message=row.id
    )


async def latest(ledger: Ledger) -> tuple[Message, ...]:
    """What was written down, the latest first."""
    rows = await ledger.session.scalars(
        select(MessageRow).order_by(MessageRow.at.desc(), MessageRow.id.desc()).limit(SHOWN)
    )
    return tuple(
        Message(
            at=row.at.astimezone(ledger.zone),
            call_sid=row.call_sid,
            contact=row.contact,
            verified=row.phone is not None,
            name=row.name,
            text=row.text,
        )
        for row in rows
    )
