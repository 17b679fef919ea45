"""The booking desk: each use-case one method and one transaction.

Whether an opening is free is decided by the database when it is written, not by an earlier look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import Catalog, Treatment
from booking.errors import AlreadyOver, NotFound, TooManyAppointments
from booking.models import (
    Actor,
    Appointment,
    Availability,
    Customer,
    CustomerHistory,
    Opening,
    PartOfDay,
    Status,
)
from booking.openings import Wish, blocked
from booking.search import Search
from booking.store import (
    audit,
    count_open,
    customer_row,
    ensure_customer,
    new_code,
    occupy,
    sweep_holds,
    to_appointment,
    to_appointments,
    to_customer,
    vacate,
)
from booking.tables import AppointmentRow, CustomerRow
from booking.transactions import reading, writing

PAST_SHOWN = 10
"""How many past appointments a history tells."""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What to write into the book.

    Attributes:
        treatment: what.
        starts_at: when, aware.
        therapist: by whom; None for anybody who can.
        name: of the customer, for a first booking.
    """

    treatment: Treatment
    starts_at: datetime
    therapist: str | None = None
    name: str = ""


class BookingDesk:
    """The appointment book of a spa."""

    def __init__(
        self,
        catalog: Catalog,
        sessions: async_sessionmaker[AsyncSession],
        now: Callable[[], datetime],
    ) -> None:
        """Open the book.

        Args:
            catalog: the spa.
            sessions: makes database sessions.
            now: the time, aware.
        """
        self.catalog = catalog
        self._sessions = sessions
        self._now = now

    def now(self) -> datetime:
        """The time it is at the spa."""
        return self._now().astimezone(self.catalog.spa.zone)

    def today(self) -> date:
        """The day it is at the spa."""
        return self.now().date()

    async def find_openings(
        self,
        treatment: Treatment,
        first_day: date,
        *,
        last_day: date | None = None,
        at: time | None = None,
        part_of_day: PartOfDay | None = None,
        therapist: str | None = None,
    ) -> Availability:
        """What can be had for a wish.

        Raises:
            BookingError: nothing; with alternatives.
        """
        wish = Wish(treatment, first_day, at, part_of_day, therapist)

        async def look(session: AsyncSession) -> Availability:
            search = Search(session, self.catalog, self._now())
            return await search.offer(wish, last_day or first_day)

        return await reading(self._sessions, look)

    async def book(self, request: BookingRequest, actor: Actor) -> Appointment:
        """Book an opening; a repeat, of the tool call or of the wish, books nothing twice.

        Raises:
            BookingError: it cannot be booked; with alternatives.
        """

        async def write(session: AsyncSession) -> Appointment:
            if repeated := await self._repeated(session, actor):
                return repeated
            await sweep_holds(session, self._now())
            customer = await ensure_customer(session, self._now(), actor.phone, request.name)
            if same := await self._same_wish(session, customer, request, actor):
                return same
            limit = self.catalog.policies.maximum_open_appointments
            if await count_open(session, customer.id, self._now()) >= limit:
                raise TooManyAppointments(f"There are {limit} coming appointments already.")
            opening = await self._opening(session, request)
            row = self._new_row(opening, request, customer, actor)
            session.add(row)
            await session.flush()
            occupy(session, row, opening, blocked(request.treatment, opening.starts_at))
            audit(session, self._now(), actor, "book", row, starts_at=row.starts_at.isoformat())
            await session.flush()
            return to_appointment(row, self.catalog.spa.zone)

        return await writing(self._sessions, write)

    async def cancel(self, actor: Actor, code: str | None = None, reason: str = "") -> Appointment:
        """Cancel an appointment of the actor; without a code the only coming one.

        Raises:
            NotFound: no such appointment of theirs, or it is not clear which.
            AlreadyOver: it is past.
        """

        async def write(session: AsyncSession) -> Appointment:
            row = await self._own(session, actor, code)
            if row.status != Status.CANCELLED:
                if row.starts_at <= self._now():
                    raise AlreadyOver("That appointment is already over.")
                row.status = Status.CANCELLED
                await vacate(session, row.id)
                audit(session, self._now(), actor, "cancel", row, reason)
            return to_appointment(row, self.catalog.spa.zone)

        return await writing(self._sessions, write)

    async def customer_by_phone(self, phone: str | None) -> Customer | None:
        """The customer with a number, if any."""

        async def look(session: AsyncSession) -> Customer | None:
            row = await customer_row(session, phone)
            return to_customer(row) if row else None

        return await reading(self._sessions, look)

    async def history(self, phone: str | None) -> CustomerHistory:
        """What the customer with a number has had, and what is to come."""

        async def look(session: AsyncSession) -> CustomerHistory:
            customer = await customer_row(session, phone)
            if customer is None:
                return CustomerHistory(None)
            now, zone = self._now(), self.catalog.spa.zone
            booked = select(AppointmentRow).where(
                AppointmentRow.customer_id == customer.id,
                AppointmentRow.status == Status.BOOKED,
            )
            coming = await session.scalars(
                booked.where(AppointmentRow.starts_at > now).order_by(AppointmentRow.starts_at)
            )
            gone = await session.scalars(
                booked.where(AppointmentRow.starts_at <= now)
                .order_by(AppointmentRow.starts_at.desc())
                .limit(PAST_SHOWN)
            )
            return CustomerHistory(
                to_customer(customer),
                to_appointments(coming.all(), zone),
                to_appointments(gone.all(), zone),
            )

        return await reading(self._sessions, look)

    async def _repeated(self, session: AsyncSession, actor: Actor) -> Appointment | None:
        """What this very tool call has made already."""
        if actor.call_sid is None or actor.tool_call_id is None:
            return None
        row = await session.scalar(
            select(AppointmentRow).where(
                AppointmentRow.call_sid == actor.call_sid,
                AppointmentRow.tool_call_id == actor.tool_call_id,
            )
        )
        return to_appointment(row, self.catalog.spa.zone) if row else None

    async def _same_wish(
        self, session: AsyncSession, customer: CustomerRow, request: BookingRequest, actor: Actor
    ) -> Appointment | None:
        """What this call has booked at the same time: the model said it twice."""
        if actor.call_sid is None:
            return None
        row = await session.scalar(
            select(AppointmentRow).where(
                AppointmentRow.customer_id == customer.id,
                AppointmentRow.call_sid == actor.call_sid,
                AppointmentRow.treatment == request.treatment.key,
                AppointmentRow.starts_at == request.starts_at,
                AppointmentRow.status == Status.BOOKED,
            )
        )
        return to_appointment(row, self.catalog.spa.zone) if row else None

    async def _opening(self, session: AsyncSession, request: BookingRequest) -> Opening:
        starts_at = request.starts_at.astimezone(self.catalog.spa.zone)
        wish = Wish(request.treatment, starts_at.date(), therapist=request.therapist)
        return await Search(session, self.catalog, self._now()).exactly(wish, starts_at)

    def _new_row(
        self, opening: Opening, request: BookingRequest, customer: CustomerRow, actor: Actor
    ) -> AppointmentRow:
        return AppointmentRow(
            code=new_code(),
            customer_id=customer.id,
            treatment=opening.treatment,
            starts_at=opening.starts_at,
            ends_at=opening.ends_at,
            status=Status.BOOKED,
            therapists=list(opening.therapists),
            room=opening.room,
            price_cents=request.treatment.price_cents,
            source=actor.who,
            call_sid=actor.call_sid,
            tool_call_id=actor.tool_call_id,
            created_at=self._now(),
        )

    async def _own(self, session: AsyncSession, actor: Actor, code: str | None) -> AppointmentRow:
        """An appointment that the actor may change."""
        customer = await customer_row(session, actor.phone)
        if customer is None:
            raise NotFound("There is no appointment under this number.")
        mine = select(AppointmentRow).where(AppointmentRow.customer_id == customer.id)
        if code is not None:
            row = await session.scalar(mine.where(AppointmentRow.code == code.strip().upper()))
            if row is None:
                raise NotFound("There is no such appointment under this number.")
            return row
        coming = (
            await session.scalars(
                mine.where(
                    AppointmentRow.status == Status.BOOKED, AppointmentRow.starts_at > self._now()
                )
            )
        ).all()
        if len(coming) != 1:
            raise NotFound(
                "There are several coming appointments; ask which one."
                if coming
                else "There is no coming appointment under this number."
            )
        return coming[0]
