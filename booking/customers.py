"""Who books: found by phone, made when new."""

import re
from collections.abc import Mapping

from sqlalchemy import func, or_, select

from booking.errors import NotFound
from booking.ledger import Ledger
from booking.models import Appointment, Customer, CustomerHistory, Status
from booking.tables import AppointmentRow, AuditRow, CustomerRow

PAST_SHOWN = 10
"""How many past appointments a history tells."""

FEWEST_DIGITS = 3
"""Fewer are in nearly every number."""

CALLERS_OWN = frozenset({"name", "language", "preferences", "contact"})
"""What callers may say of themselves; the rest is for the staff."""


async def row_of(ledger: Ledger, phone: str | None, *, lock: bool = False) -> CustomerRow | None:
    """The customer with a number.

    Args:
        ledger: the transaction.
        phone: E.164; None is nobody.
        lock: let other changes of this customer wait until this one is done.
    """
    if phone is None:
        return None
    query = select(CustomerRow).where(CustomerRow.phone == phone)
    return await ledger.session.scalar(query.with_for_update() if lock else query)


async def ensure(ledger: Ledger, phone: str | None, name: str, contact: str = "") -> CustomerRow:
    """The customer with a number, made when new; the first name that is given is kept.

    Somebody without a number is new, except in the call in which they were written down before. A
    caller names nobody who has been here without a name: with a forged number they could later
    prove to be that customer, by the name that they gave themselves.
    """
    row = await row_of(ledger, phone, lock=True) or await _of_this_call(ledger, phone)
    if row is None:
        row = CustomerRow(phone=phone, name=name, contact=contact, created_at=ledger.now)
        ledger.session.add(row)
        await ledger.session.flush()
        return row
    if name and not row.name and not await _is_strange(ledger, row):
        row.name = name
    row.contact = row.contact or contact
    return row


async def _is_strange(ledger: Ledger, row: CustomerRow) -> bool:
    """Whether a caller may be somebody else than the customer with their number."""
    if not ledger.actor.is_caller or not ledger.catalog.policies.second_fact:
        return False
    elsewhere = AppointmentRow.call_sid.is_distinct_from(ledger.actor.call_sid)
    query = select(AppointmentRow.id).where(AppointmentRow.customer_id == row.id, elsewhere)
    return await ledger.session.scalar(query.limit(1)) is not None


async def _of_this_call(ledger: Ledger, phone: str | None) -> CustomerRow | None:
    if phone is not None or ledger.actor.call_sid is None:
        return None
    return await ledger.session.scalar(
        select(CustomerRow)
        .join(AuditRow, AuditRow.customer_id == CustomerRow.id)
        .where(AuditRow.call_sid == ledger.actor.call_sid, CustomerRow.phone.is_(None))
        .limit(1)
    )


async def save(ledger: Ledger, phone: str | None, **details: str | None) -> Customer:
    """Write down what a customer said of themselves, or the staff of them; None changes nothing."""
    return await _write_down(ledger, await ensure(ledger, phone, ""), details)


async def edit(ledger: Ledger, customer_id: int, **details: str) -> Customer:
    """Write down what the staff know of a customer, whether or not they have a number.

    Raises:
        NotFound: there is no such customer.
    """
    row = await ledger.session.get(CustomerRow, customer_id)
    if row is None:
        raise NotFound("There is no such customer.")
    return await _write_down(ledger, row, details)


async def _write_down(
    ledger: Ledger, row: CustomerRow, details: Mapping[str, str | None]
) -> Customer:
    changed = {
        key: value
        for key, value in details.items()
        if value is not None
        and value != getattr(row, key)
        and (key in CALLERS_OWN or not ledger.actor.is_caller)
    }
    for key, value in changed.items():
        setattr(row, key, value)
    if changed:
        await ledger.note("customer_saved", customer_id=row.id, changed=sorted(changed))
    return await customer(ledger, row)


async def customer(ledger: Ledger, row: CustomerRow) -> Customer:
    """A customer from a row, with the visits so far."""
    return (await by_ids(ledger, {row.id}))[row.id]


async def by_ids(ledger: Ledger, ids: set[int]) -> dict[int, Customer]:
    """Customers by their ids, with their visits so far."""
    visits = (
        select(func.count())
        .where(AppointmentRow.customer_id == CustomerRow.id)
        .where(AppointmentRow.starts_at <= ledger.now, AppointmentRow.status == Status.BOOKED)
        .scalar_subquery()
    )
    found = await ledger.session.execute(select(CustomerRow, visits).where(CustomerRow.id.in_(ids)))
    return {
        row.id: Customer(
            id=row.id,
            phone=row.phone,
            name=row.name,
            loyalty=row.loyalty,
            preferences=row.preferences,
            notes=row.notes,
            language=row.language,
            visits=count,
            contact=row.contact,
        )
        for row, count in found
    }


async def search(ledger: Ledger, words: str, first: int, most: int) -> tuple[Customer, ...]:
    """Customers whose name or number has these words in it, by name; of "" all that are known."""
    known = or_(CustomerRow.phone.is_not(None), CustomerRow.name != "", CustomerRow.contact != "")
    query = select(CustomerRow.id).where(known)
    if words := words.strip():
        digits = re.sub(r"[^0-9]", "", words)
        named = CustomerRow.name.icontains(words, autoescape=True)
        numbers = (CustomerRow.phone, CustomerRow.contact) if len(digits) >= FEWEST_DIGITS else ()
        query = query.where(or_(named, *(number.contains(digits) for number in numbers)))
    query = query.order_by(func.lower(CustomerRow.name), CustomerRow.id)
    ids = (await ledger.session.scalars(query.offset(first).limit(most))).all()
    found = await by_ids(ledger, set(ids))
    return tuple(found[customer_id] for customer_id in ids)


async def appointments_of(ledger: Ledger, customer_id: int) -> tuple[Appointment, ...]:
    """All that a customer ever booked, cancelled ones too, the latest first."""
    rows = await ledger.session.scalars(
        select(AppointmentRow)
        .where(AppointmentRow.customer_id == customer_id)
        .order_by(AppointmentRow.starts_at.desc())
    )
    return ledger.appointments(rows.all())


async def history(ledger: Ledger, phone: str | None) -> CustomerHistory:
    """What the customer with a number has had, and what is to come."""
    row = await row_of(ledger, phone)
    if row is None:
        return CustomerHistory(None)
    booked = select(AppointmentRow).where(
        AppointmentRow.customer_id == row.id, AppointmentRow.status == Status.BOOKED
    )
    starts_at = AppointmentRow.starts_at
    coming = await ledger.session.scalars(booked.where(starts_at > ledger.now).order_by(starts_at))
    gone = await ledger.session.scalars(
        booked.where(starts_at <= ledger.now).order_by(starts_at.desc()).limit(PAST_SHOWN)
    )
    return CustomerHistory(
        await customer(ledger, row),
        ledger.appointments(coming.all()),
        ledger.appointments(gone.all()),
    )
