"""What the staff do at the desk, and what time does."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from booking import appointments, blocks, customers, figures, holds, waitlist
from booking.appointments import BookingRequest
from booking.book import AppointmentBook
from booking.calendar_entries import entries
from booking.codes import read_code
from booking.figures import Booked
from booking.ledger import Ledger
from booking.models import (
    Actor,
    Appointment,
    AuditEntry,
    Block,
    CalendarEntry,
    Customer,
    Interval,
    ResourceKind,
    Status,
)
from booking.openings import Wish
from booking.search import Search
from booking.spa import Treatment
from booking.tables import AppointmentRow, AuditRow
from booking.waiting import WaitlistEntry
from booking.wall_time import day_interval

WALK_IN_WAITS = timedelta(minutes=60)
"""How long somebody who stands at the desk may be asked to wait."""

WALK_IN_STEP_MINUTES = 5
"""Treatments of people who walked in start at any five minutes."""


class BackOffice(AppointmentBook):
    """The use-cases of the staff."""

    async def walk_in(
        self,
        treatment: Treatment,
        actor: Actor,
        *,
        therapist: str | None = None,
        name: str = "",
        phone: str | None = None,
    ) -> Appointment:
        """Book the next opening from now on for somebody who stands at the desk.

        Raises:
            OpeningTaken: there is none within the hour; with alternatives.
        """
        wish = Wish(treatment, self.today(), therapist=therapist)

        async def work(ledger: Ledger) -> Appointment:
            customer = await customers.ensure(ledger, phone, name)
            await ledger.take_turns(wish.day)
            opening = await Search(ledger).right_now(wish, WALK_IN_WAITS, WALK_IN_STEP_MINUTES)
            request = BookingRequest(treatment, opening.starts_at)
            return await appointments.write(ledger, request, opening, customer, self._make_code)

        return await self._take(actor, wish, work)

    async def block_therapist(
        self, therapist: str, starts_at: datetime, ends_at: datetime, actor: Actor, reason: str = ""
    ) -> Block:
        """Take a therapist off the book; what is only held gives way.

        Raises:
            InTheWay: an appointment or another block is there; nothing is lost by a block.
            UnknownTherapist: nobody has that name.
        """
        name = self.catalog.therapist_named(therapist).name
        return await self._block(ResourceKind.THERAPIST, name, starts_at, ends_at, actor, reason)

    async def block_room(
        self, room: str, starts_at: datetime, ends_at: datetime, actor: Actor, reason: str = ""
    ) -> Block:
        """Take a room off the book; what is only held gives way.

        Raises:
            InTheWay: an appointment or another block is there; nothing is lost by a block.
        """
        return await self._block(ResourceKind.ROOM, room, starts_at, ends_at, actor, reason)

    async def unblock(self, block_id: int, actor: Actor, reason: str = "") -> None:
        """Put time back on the book, and offer it to the waitlist.

        Raises:
            NotFound: there is no such block.
        """
        await self._write(actor, lambda ledger: blocks.unblock(ledger, block_id, reason))

    async def blocks_on(self, first_day: date, last_day: date | None = None) -> tuple[Block, ...]:
        """The blocks that touch some days, the soonest first."""
        span = day_interval(first_day, self.catalog.spa.zone, last_day)
        return await self._read(Actor.system(), lambda ledger: blocks.within(ledger, span))

    async def find_block(self, block_id: int) -> Block:
        """A block.

        Raises:
            NotFound: there is none.
        """
        return await self._read(Actor.system(), lambda ledger: blocks.one(ledger, block_id))

    async def agenda(
        self, first_day: date, last_day: date | None = None
    ) -> tuple[tuple[Appointment, Customer], ...]:
        """The appointments that start on some days and who comes, in the order of time."""
        span = day_interval(first_day, self.catalog.spa.zone, last_day)

        async def look(ledger: Ledger) -> tuple[tuple[Appointment, Customer], ...]:
            rows = await ledger.session.scalars(
                select(AppointmentRow)
                .where(AppointmentRow.status == Status.BOOKED)
                .where(AppointmentRow.starts_at >= span.starts_at)
                .where(AppointmentRow.starts_at < span.ends_at)
                .order_by(AppointmentRow.starts_at, AppointmentRow.id)
            )
            found = rows.all()
            people = await customers.by_ids(ledger, {row.customer_id for row in found})
            return tuple((ledger.appointment(row), people[row.customer_id]) for row in found)

        return await self._read(Actor.system(), look)

    async def calendar(self, first_day: date) -> tuple[CalendarEntry, ...]:
        """The appointments from a day on, in the order of time."""
        begins_at = day_interval(first_day, self.catalog.spa.zone).starts_at
        booked = (AppointmentRow.status == Status.BOOKED) & (AppointmentRow.starts_at >= begins_at)
        return await self._read(Actor.system(), lambda ledger: entries(ledger, booked))

    async def calendar_entry(self, code: str) -> CalendarEntry | None:
        """One appointment, also when it is cancelled; None when there is none."""
        its = AppointmentRow.code == read_code(code)
        found = await self._read(Actor.system(), lambda ledger: entries(ledger, its))
        return next(iter(found), None)

    async def trail(self, code: str) -> tuple[AuditEntry, ...]:
        """Everything that was done to an appointment, the first first."""

        async def look(ledger: Ledger) -> tuple[AuditEntry, ...]:
            rows = await ledger.session.scalars(
                select(AuditRow)
                .join(AppointmentRow, AuditRow.appointment_id == AppointmentRow.id)
                .where(AppointmentRow.code == read_code(code))
                .order_by(AuditRow.id)
            )
            return tuple(ledger.entry(row) for row in rows)

        return await self._read(Actor.system(), look)

    async def customers(self, words: str, *, first: int, most: int) -> tuple[Customer, ...]:
        """Customers whose name or number has some words in it, by name; from the first on."""
        return await self._read(
            Actor.system(), lambda ledger: customers.search(ledger, words, first, most)
        )

    async def customer(self, customer_id: int) -> tuple[Customer, tuple[Appointment, ...]] | None:
        """A customer and all that they ever booked, the latest first; None for nobody."""

        async def look(ledger: Ledger) -> tuple[Customer, tuple[Appointment, ...]] | None:
            found = await customers.by_ids(ledger, {customer_id})
            if customer_id not in found:
                return None
            return found[customer_id], await customers.appointments_of(ledger, customer_id)

        return await self._read(Actor.system(), look)

    async def edit_customer(self, customer_id: int, actor: Actor, **details: str) -> Customer:
        """Write down what the staff know of a customer: name, notes, preferences, loyalty...

        Raises:
            NotFound: there is no such customer.
        """
        return await self._write(
            actor, lambda ledger: customers.edit(ledger, customer_id, **details)
        )

    async def note_forgotten(self, customer_id: int, actor: Actor) -> None:
        """Write down who had a customer forgotten."""
        await self._write(
            actor, lambda ledger: ledger.note("customer_forgotten", customer_id=customer_id)
        )

    async def booked(self, bounds: Sequence[datetime]) -> list[Booked]:
        """What was booked between each two of some moments, and not cancelled since.

        Args:
            bounds: in the order of time.
        """
        return await self._read(
            Actor.system(), lambda ledger: figures.booked(ledger.session, bounds)
        )

    async def tidy(self) -> list[WaitlistEntry]:
        """Let go of what time has ended, and tell what is offered anew; for every few minutes.

        Only the next in line waits for it: what has expired is free without it.
        """

        async def work(ledger: Ledger) -> list[WaitlistEntry]:
            await holds.expire(ledger)
            return await waitlist.pass_on(ledger)

        return await self._write(Actor.system(), work)

    async def _block(
        self,
        kind: ResourceKind,
        resource: str,
        starts_at: datetime,
        ends_at: datetime,
        actor: Actor,
        reason: str,
    ) -> Block:
        interval = Interval(starts_at.astimezone(UTC), ends_at.astimezone(UTC))
        return await self._write(
            actor, lambda ledger: blocks.block(ledger, kind, resource, interval, reason)
        )
