"""Time that the staff take off the book: a therapist is ill, a room is painted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from booking import holds, waitlist
from booking.errors import InTheWay, NotFound
from booking.ledger import Ledger
from booking.models import Block, Interval, ResourceKind
from booking.tables import LONGEST_OCCUPATION_HOURS, AppointmentRow, BlockRow, OccupationRow
from booking.wall_time import ONE_DAY

DAYS_OFFERED = 31
"""On how many days a block that is lifted is offered to the waitlist."""


async def block(
    ledger: Ledger, kind: ResourceKind, resource: str, interval: Interval, reason: str
) -> Block:
    """Take a therapist or a room off the book; what is only held gives way.

    Raises:
        InTheWay: an appointment or another block is there; nothing is lost by a block.
    """
    taken = (await ledger.session.scalars(_overlapping(kind, resource, interval))).all()
    appointment_ids = {item.appointment_id for item in taken if item.appointment_id is not None}
    if appointment_ids or any(item.block_id is not None for item in taken):
        rows = await ledger.session.scalars(
            select(AppointmentRow)
            .where(AppointmentRow.id.in_(appointment_ids))
            .order_by(AppointmentRow.starts_at)
        )
        raise InTheWay(ledger.appointments(rows.all()))
    await holds.give_way(ledger, {item.hold_id for item in taken if item.hold_id is not None})
    row = BlockRow(
        kind=kind,
        resource=resource,
        starts_at=interval.starts_at,
        ends_at=interval.ends_at,
        reason=reason,
    )
    ledger.session.add(row)
    await ledger.session.flush()
    ledger.session.add_all(
        OccupationRow(
            kind=kind,
            resource=resource,
            starts_at=piece.starts_at,
            ends_at=piece.ends_at,
            block_id=row.id,
        )
        for piece in _pieces(interval)
    )
    await ledger.note("blocked", why=reason, block=_told(row))
    return to_block(ledger, row)


async def unblock(ledger: Ledger, block_id: int, reason: str) -> None:
    """Put time back on the book, and offer it to the waitlist.

    Raises:
        NotFound: there is no such block.
    """
    row = await ledger.session.get(BlockRow, block_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such block.")
    first = max(row.starts_at.astimezone(ledger.zone).date(), ledger.today)
    last = row.ends_at.astimezone(ledger.zone).date()
    await ledger.note("unblocked", why=reason, block=_told(row))
    await ledger.session.execute(delete(BlockRow).where(BlockRow.id == row.id))
    for offset in range(min((last - first).days + 1, DAYS_OFFERED)):
        await waitlist.offer_day(ledger.by_itself(), first + offset * ONE_DAY)


async def within(ledger: Ledger, span: Interval) -> tuple[Block, ...]:
    """The blocks that touch a stretch of time, the soonest first."""
    rows = await ledger.session.scalars(
        select(BlockRow)
        .where(BlockRow.starts_at < span.ends_at, BlockRow.ends_at > span.starts_at)
        .order_by(BlockRow.starts_at, BlockRow.id)
    )
    return tuple(to_block(ledger, row) for row in rows)


async def one(ledger: Ledger, block_id: int) -> Block:
    """A block.

    Raises:
        NotFound: there is none.
    """
    row = await ledger.session.get(BlockRow, block_id)
    if row is None:
        raise NotFound("There is no such block.")
    return to_block(ledger, row)


def to_block(ledger: Ledger, row: BlockRow) -> Block:
    """A block from its row, in the spa's time zone."""
    return Block(
        id=row.id,
        kind=ResourceKind(row.kind),
        resource=row.resource,
        starts_at=row.starts_at.astimezone(ledger.zone),
        ends_at=row.ends_at.astimezone(ledger.zone),
        reason=row.reason,
    )


def _overlapping(kind: ResourceKind, resource: str, interval: Interval):
    longest = timedelta(hours=LONGEST_OCCUPATION_HOURS)
    return (
        select(OccupationRow)
        .where(OccupationRow.kind == kind, OccupationRow.resource == resource)
        .where(OccupationRow.starts_at > interval.starts_at - longest)
        .where(OccupationRow.starts_at < interval.ends_at)
        .where(OccupationRow.ends_at > interval.starts_at)
    )


def _pieces(interval: Interval) -> Iterator[Interval]:
    """Occupations of a day at most, which is what the database takes."""
    longest = timedelta(hours=LONGEST_OCCUPATION_HOURS)
    starts_at: datetime = interval.starts_at.astimezone(UTC)
    while starts_at < interval.ends_at:
        ends_at = min(starts_at + longest, interval.ends_at.astimezone(UTC))
        yield Interval(starts_at, ends_at)
        starts_at = ends_at


def _told(row: BlockRow) -> dict[str, str]:
    return {
        "kind": row.kind,
        "resource": row.resource,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
    }
