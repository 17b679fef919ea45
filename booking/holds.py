"""Openings that are kept for somebody for a while, and let go by themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from booking.ledger import Ledger
from booking.models import Appointment, Interval, Opening
from booking.openings import Wish, occupied_by
from booking.search import Search
from booking.spa import LONGEST_BUFFER_MINUTES
from booking.tables import HoldRow, WaitlistRow
from booking.waiting import Hold, WaitlistStatus


async def hold(ledger: Ledger, wish: Wish, starts_at: datetime) -> Hold:
    """Keep an opening for the actor, instead of what they held before; a repeat keeps it longer.

    Raises:
        BookingError: it cannot be had; with alternatives.
    """
    await ledger.take_turns(starts_at.astimezone(ledger.zone).date())
    opening = await Search(ledger).exactly(wish, starts_at)
    await let_go(ledger, occupied_by(wish.treatment, starts_at))
    minutes = ledger.catalog.policies.hold_minutes
    row = await keep(ledger, opening, ledger.now + timedelta(minutes=minutes))
    await ledger.note("held", opening=told(opening))
    return Hold(row.id, opening, row.expires_at.astimezone(ledger.zone))


async def keep(
    ledger: Ledger,
    opening: Opening,
    expires_at: datetime,
    *,
    holder: str | None = None,
    entry: WaitlistRow | None = None,
) -> HoldRow:
    """Write a hold of an opening that is free."""
    row = HoldRow(
        holder=holder or ledger.actor.holder,
        treatment=opening.treatment,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        therapists=list(opening.therapists),
        room=opening.room,
        expires_at=expires_at,
        waitlist_id=entry.id if entry else None,
    )
    ledger.session.add(row)
    await ledger.session.flush()
    treatment = ledger.catalog.treatment(opening.treatment)
    await ledger.occupy(opening, occupied_by(treatment, opening.starts_at), by=row)
    return row


async def release(ledger: Ledger) -> None:
    """Give back what the actor held while deciding; nothing happens when it was nothing."""
    mine = (HoldRow.holder == ledger.actor.holder) & HoldRow.waitlist_id.is_(None)
    for row in await _locked(ledger, mine):
        await _delete(ledger, row, "released")


async def let_go(ledger: Ledger, needed: Interval, *, booked: str | None = None) -> None:
    """Make room for what the actor takes: end what has expired and what it replaces.

    Args:
        ledger: the transaction.
        needed: what the actor takes.
        booked: key of the treatment that the actor books; a wish for it is met.
    """
    mine = HoldRow.holder == ledger.holder
    for row in await _locked(ledger, or_(HoldRow.expires_at <= ledger.now, mine)):
        if row.expires_at <= ledger.now:
            await _delete(ledger.by_itself(), row, "hold_expired")
        elif row.waitlist_id is None:
            await _delete(ledger.by_itself(), row, "released")
        elif row.treatment == booked:
            await end_offer(ledger, row, WaitlistStatus.BOOKED)
        elif _around(row).overlaps(needed):
            await end_offer(ledger, row, WaitlistStatus.WAITING)


async def expire(ledger: Ledger) -> None:
    """End what has expired; nobody sees it as taken anyway, this only tidies up."""
    for row in await _locked(ledger, HoldRow.expires_at <= ledger.now):
        await _delete(ledger.by_itself(), row, "hold_expired")


async def give_way(ledger: Ledger, hold_ids: set[int]) -> None:
    """End holds because the staff need the time."""
    for row in await _locked(ledger, HoldRow.id.in_(hold_ids)):
        if row.waitlist_id is None:
            await _delete(ledger.by_itself(), row, "released")
        else:
            await end_offer(ledger, row, WaitlistStatus.WAITING)


async def end_offer(ledger: Ledger, row: HoldRow, status: WaitlistStatus) -> None:
    """End what is kept for a wish on the waitlist, and say what the wish has come to."""
    entry = await ledger.session.get_one(WaitlistRow, row.waitlist_id)
    entry.status, entry.offered_until = status, None
    await _delete(ledger.by_itself(), row, "released")


async def _locked(ledger: Ledger, which: ColumnElement[bool]) -> Sequence[HoldRow]:
    """Some holds, in one order for everybody, and not those that another one ends already."""
    query = select(HoldRow).where(which).order_by(HoldRow.id).with_for_update()
    return (await ledger.session.scalars(query)).all()


async def _delete(ledger: Ledger, row: HoldRow, action: str) -> None:
    await ledger.note(action, opening=told(ledger.held(row)))
    await ledger.session.execute(delete(HoldRow).where(HoldRow.id == row.id))


def _around(row: HoldRow) -> Interval:
    """What a hold may take at most, whatever buffers its treatment had when it was made."""
    longest = timedelta(minutes=LONGEST_BUFFER_MINUTES)
    return Interval(row.starts_at - longest, row.ends_at + longest)


def told(opening: Opening | Appointment) -> dict[str, str]:
    """What is or was taken in plain values, for the audit."""
    return {
        "treatment": opening.treatment,
        "starts_at": opening.starts_at.isoformat(),
        "therapists": ", ".join(opening.therapists),
        "room": opening.room,
    }
