"""The appointment book, open for one transaction: what is taken, and who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.catalog import Catalog
from booking.models import (
    Actor,
    Appointment,
    AuditEntry,
    Interval,
    Occupation,
    Opening,
    ResourceKind,
    Status,
)
from booking.tables import (
    LONGEST_OCCUPATION_HOURS,
    AppointmentRow,
    AuditRow,
    HoldRow,
    OccupationRow,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One transaction of one actor.

    Attributes:
        session: the transaction.
        catalog: the spa.
        now: the moment for which all of it happens, aware, in UTC.
        actor: who does it.
        customer_phone: of the customer for whom the staff do it; None for nobody in particular.
    """

    session: AsyncSession
    catalog: Catalog
    now: datetime
    actor: Actor
    customer_phone: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The spa's time zone."""
        return self.catalog.spa.zone

    @property
    def holder(self) -> str:
        """Whose holds are free now; see `booking.models.Actor.holder`."""
        return self.customer_phone or self.actor.holder

    @property
    def today(self) -> date:
        """The day it is at the spa."""
        return self.now.astimezone(self.zone).date()

    async def occupations(
        self, interval: Interval, moving: AppointmentRow | None = None
    ) -> list[Occupation]:
        """All that is not free for the actor at some moment of an interval.

        What the actor holds is free for them, and so is what an appointment takes that they move.
        """
        longest = timedelta(hours=LONGEST_OCCUPATION_HOURS)
        holding = or_(
            OccupationRow.hold_id.is_(None),
            (HoldRow.expires_at > self.now) & (HoldRow.holder != self.holder),
        )
        query = (
            select(
                OccupationRow.kind,
                OccupationRow.resource,
                OccupationRow.starts_at,
                OccupationRow.ends_at,
            )
            .outerjoin(HoldRow, OccupationRow.hold_id == HoldRow.id)
            # The first bound is there for the index: no occupation is longer than that.
            .where(OccupationRow.starts_at > interval.starts_at - longest)
            .where(OccupationRow.starts_at < interval.ends_at)
            .where(OccupationRow.ends_at > interval.starts_at, holding)
        )
        if moving is not None:
            query = query.where(OccupationRow.appointment_id.is_distinct_from(moving.id))
        rows = await self.session.execute(query)
        return [Occupation(row[0], row[1], Interval(row[2], row[3])) for row in rows]

    async def occupy(
        self, opening: Opening, needed: Interval, *, by: AppointmentRow | HoldRow
    ) -> None:
        """Take therapists and room.

        The rows are in one order for everybody, so that two writers wait instead of deadlock.

        Raises:
            IntegrityError: the database refuses it, somebody has taken one of them.
        """
        owner = "appointment_id" if isinstance(by, AppointmentRow) else "hold_id"
        therapists = [(ResourceKind.THERAPIST, name) for name in sorted(opening.therapists)]
        for kind, resource in [(ResourceKind.ROOM, opening.room), *therapists]:
            occupation = OccupationRow(
                kind=kind, resource=resource, starts_at=needed.starts_at, ends_at=needed.ends_at
            )
            setattr(occupation, owner, by.id)
            self.session.add(occupation)
        await self.session.flush()

    async def vacate(self, appointment: AppointmentRow) -> None:
        """Give back what an appointment took."""
        await self.session.execute(
            delete(OccupationRow).where(OccupationRow.appointment_id == appointment.id)
        )

    async def take_turns(self, day: date) -> None:
        """Let bookings of one day wait for each other on PostgreSQL, as SQLite has them do anyway.

        The exclusion constraint decides; this only spares two bookings that check it at once a
        deadlock, which PostgreSQL takes a second to see.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            await self.session.execute(select(func.pg_advisory_xact_lock(_LOCKS, day.toordinal())))

    async def note(
        self,
        action: str,
        *,
        appointment: AppointmentRow | None = None,
        customer_id: int | None = None,
        why: str = "",
        **facts: Any,
    ) -> AuditRow:
        """Write down who did what; a tool call writes one action once."""
        row = AuditRow(
            at=self.now,
            who=self.actor.who,
            call_sid=self.actor.call_sid,
            tool_call_id=self.actor.tool_call_id,
            action=action,
            appointment_id=appointment.id if appointment else None,
            customer_id=appointment.customer_id if appointment else customer_id,
            why=why,
            facts=facts,
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def noted(self, action: str) -> AuditRow | None:
        """What this very tool call has done already."""
        if self.actor.call_sid is None or self.actor.tool_call_id is None:
            return None
        return await self.session.scalar(
            select(AuditRow).where(
                AuditRow.call_sid == self.actor.call_sid,
                AuditRow.tool_call_id == self.actor.tool_call_id,
                AuditRow.action == action,
            )
        )

    def for_customer(self, phone: str | None) -> "Ledger":
        """The same transaction; of the staff, who may book what is kept for the customer."""
        return self if self.actor.is_caller else replace(self, customer_phone=phone)

    def by_itself(self) -> "Ledger":
        """The same transaction for what follows of itself, such as an offer to the waitlist."""
        return Ledger(
            self.session, self.catalog, self.now, Actor("system", call_sid=self.actor.call_sid)
        )

    def appointment(self, row: AppointmentRow) -> Appointment:
        """An appointment from its row, in the spa's time zone."""
        return Appointment(
            id=row.id,
            code=row.code,
            customer_id=row.customer_id,
            treatment=row.treatment,
            starts_at=row.starts_at.astimezone(self.zone),
            ends_at=row.ends_at.astimezone(self.zone),
            therapists=tuple(row.therapists),
            room=row.room,
            status=Status(row.status),
            price_cents=row.price_cents,
            note=row.note,
            call_sid=row.call_sid,
        )

    def appointments(self, rows: Sequence[AppointmentRow]) -> tuple[Appointment, ...]:
        """Appointments from their rows."""
        return tuple(self.appointment(row) for row in rows)

    def entry(self, row: AuditRow) -> AuditEntry:
        """A change from its row, in the spa's time zone."""
        return AuditEntry(
            row.at.astimezone(self.zone), row.who, row.action, row.why, row.call_sid, row.facts
        )

    def held(self, row: HoldRow) -> Opening:
        """The opening of a hold, in the spa's time zone."""
        return Opening(
            row.treatment,
            row.starts_at.astimezone(self.zone),
            row.ends_at.astimezone(self.zone),
            tuple(row.therapists),
            row.room,
        )


_LOCKS = 7_725
"""The number of our advisory locks, apart from other people's in the same database."""
