"""Wishes for openings that were not there, and whom a freed opening is offered to."""

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from sqlalchemy import select

from booking import customers, holds, texts
from booking.errors import NotFound, UnknownTreatment
from booking.ledger import Ledger
from booking.models import Opening
from booking.openings import Wish
from booking.search import Search
from booking.spa import Treatment
from booking.tables import CustomerRow, HoldRow, WaitlistRow
from booking.waiting import PartOfDay, WaitlistEntry, WaitlistStatus

ASKED_AT_ONCE = 20
"""How many wishes one freed opening is compared with in one transaction."""

TIME_TO_ANSWER = timedelta(minutes=15)
"""What a customer has at the least from the text with an offer to the call that takes it."""


@dataclass(frozen=True, slots=True)
class WaitlistRequest:
    """What to wait for.

    Attributes:
        treatment: what.
        first_day: from which day on.
        last_day: until which day.
        part_of_day: None for any.
        therapist: None for anybody.
        name: of the customer, for a first contact.
        phone: of the customer, when the staff write it down.
    """

    treatment: Treatment
    first_day: date
    last_day: date
    part_of_day: PartOfDay | None = None
    therapist: str | None = None
    name: str = ""
    phone: str | None = None


async def join(ledger: Ledger, request: WaitlistRequest) -> WaitlistEntry:
    """Wait for an opening; to wait twice for the same is to wait once."""
    phone = ledger.actor.phone if ledger.actor.is_caller else request.phone
    customer = await customers.ensure(ledger, phone, request.name)
    same = select(WaitlistRow).where(
        WaitlistRow.customer_id == customer.id,
        WaitlistRow.treatment == request.treatment.key,
        WaitlistRow.first_day == request.first_day,
        WaitlistRow.last_day == request.last_day,
        WaitlistRow.part_of_day.is_not_distinct_from(request.part_of_day),
        WaitlistRow.therapist.is_not_distinct_from(request.therapist),
        WaitlistRow.status.in_((WaitlistStatus.WAITING, WaitlistStatus.OFFERED)),
    )
    row = await ledger.session.scalar(same.limit(1))
    if row is None:
        row = WaitlistRow(
            customer_id=customer.id,
            treatment=request.treatment.key,
            first_day=request.first_day,
            last_day=request.last_day,
            part_of_day=request.part_of_day,
            therapist=request.therapist,
            status=WaitlistStatus.WAITING,
            created_at=ledger.now,
        )
        ledger.session.add(row)
        await ledger.session.flush()
        await ledger.note("waitlisted", customer_id=customer.id, wish=row.id)
    return await _entry(ledger, row)


async def leave(ledger: Ledger, entry_id: int) -> WaitlistEntry:
    """Wait no longer; what was kept goes to the next.

    Raises:
        NotFound: the actor does not wait for that.
    """
    row = await ledger.session.get(WaitlistRow, entry_id, with_for_update=True)
    customer = await ledger.session.get(CustomerRow, row.customer_id) if row else None
    if row is None or customer is None:
        raise NotFound("There is no such wish on the waitlist.")
    if ledger.actor.is_caller and _holder(customer) != ledger.actor.holder:
        raise NotFound("There is no such wish on the waitlist.")
    if row.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED):
        for day in await _lapse(ledger, row, "waitlist_left"):
            await offer_day(ledger.by_itself(), day)
    return await _entry(ledger, row)


async def offer_day(ledger: Ledger, day: date) -> list[WaitlistEntry]:
    """Offer what has become free on a day to who waits for it, the longest first.

    What is offered is kept for them for a while.
    """
    # What has expired counts as free, and the database would still refuse it to the next.
    await holds.expire(ledger)
    waiting = await ledger.session.scalars(
        select(WaitlistRow)
        .where(WaitlistRow.status == WaitlistStatus.WAITING, WaitlistRow.first_day <= day)
        .where(WaitlistRow.last_day >= day)
        .order_by(WaitlistRow.id)
        .limit(ASKED_AT_ONCE)
        .with_for_update()
    )
    offered: list[WaitlistEntry] = []
    for row in waiting.all():
        opening = await _opening_for(ledger, row, day)
        if opening is not None:
            offered.append(await _offer(ledger, row, opening))
    return offered


async def pass_on(ledger: Ledger) -> list[WaitlistEntry]:
    """End the offers that nobody took and the wishes whose days are over, and offer anew."""
    ended = await ledger.session.scalars(
        select(WaitlistRow)
        .where(
            (WaitlistRow.status.in_((WaitlistStatus.WAITING, WaitlistStatus.OFFERED)))
            & ((WaitlistRow.offered_until <= ledger.now) | (WaitlistRow.last_day < ledger.today))
        )
        .order_by(WaitlistRow.id)
        .limit(ASKED_AT_ONCE)
        .with_for_update()
    )
    freed: set[date] = set()
    for row in ended.all():
        freed |= await _lapse(ledger, row, "offer_lapsed")
    return [entry for day in sorted(freed) for entry in await offer_day(ledger, day)]


async def entries(ledger: Ledger, phone: str | None = None) -> tuple[WaitlistEntry, ...]:
    """Who waits or has an offer, the longest first; of one number, or all."""
    query = (
        select(WaitlistRow)
        .where(WaitlistRow.status.in_((WaitlistStatus.WAITING, WaitlistStatus.OFFERED)))
        .order_by(WaitlistRow.id)
    )
    if phone is not None:
        query = query.join(CustomerRow, WaitlistRow.customer_id == CustomerRow.id)
        query = query.where(CustomerRow.phone == phone)
    rows = (await ledger.session.scalars(query)).all()
    return tuple([await _entry(ledger, row) for row in rows])


async def _opening_for(ledger: Ledger, row: WaitlistRow, day: date) -> Opening | None:
    """The first opening of a day that meets a wish, by the rules for callers."""
    try:
        treatment = ledger.catalog.treatment(row.treatment)
    except UnknownTreatment:
        return None  # the spa no longer offers what they wait for
    part = PartOfDay(row.part_of_day) if row.part_of_day else None
    wish = Wish(treatment, day, part_of_day=part, therapist=row.therapist)
    search = Search(ledger, for_caller=True, time_to_answer=TIME_TO_ANSWER)
    return await search.first(wish)


async def _offer(ledger: Ledger, row: WaitlistRow, opening: Opening) -> WaitlistEntry:
    """Keep an opening for a wish, as long as the policy says and it may still be booked."""
    policies = ledger.catalog.policies
    kept = ledger.now + timedelta(minutes=policies.waitlist_offer_minutes)
    notice = timedelta(minutes=policies.minimum_notice_minutes)
    row.status = WaitlistStatus.OFFERED
    row.offered_starts_at = opening.starts_at
    row.offered_until = until = min(kept, opening.starts_at.astimezone(UTC) - notice)
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    await holds.keep(ledger, opening, until, holder=_holder(customer), entry=row)
    event = await ledger.note(
        "waitlist_offered", customer_id=customer.id, wish=row.id, opening=holds.told(opening)
    )
    await texts.owe_offer(ledger, event, customer, opening, until)
    return await _entry(ledger, row)


async def _lapse(ledger: Ledger, row: WaitlistRow, action: str) -> set[date]:
    """End a wish; the days on which that frees something."""
    freed = row.offered_starts_at if row.status == WaitlistStatus.OFFERED else None
    held = await ledger.session.scalar(select(HoldRow).where(HoldRow.waitlist_id == row.id))
    if held is not None:
        await holds.end_offer(ledger, held, WaitlistStatus.LAPSED)
    row.status, row.offered_until = WaitlistStatus.LAPSED, None
    await ledger.note(action, customer_id=row.customer_id, wish=row.id)
    return {freed.astimezone(ledger.zone).date()} if freed and freed > ledger.now else set()


async def _entry(ledger: Ledger, row: WaitlistRow) -> WaitlistEntry:
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    held = await ledger.session.scalar(
        select(HoldRow).where(HoldRow.waitlist_id == row.id, HoldRow.expires_at > ledger.now)
    )
    return WaitlistEntry(
        id=row.id,
        customer=await customers.customer(ledger, customer),
        treatment=row.treatment,
        first_day=row.first_day,
        last_day=row.last_day,
        part_of_day=PartOfDay(row.part_of_day) if row.part_of_day else None,
        therapist=row.therapist,
        status=WaitlistStatus(row.status),
        offered=ledger.held(held) if held else None,
        offered_until=held.expires_at.astimezone(ledger.zone) if held else None,
    )


def _holder(customer: CustomerRow) -> str:
    """As `booking.models.Actor.holder` will be when the customer calls."""
    return customer.phone or f"customer:{customer.id}"
