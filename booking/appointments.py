"""Booking, moving and cancelling, within a transaction of the desk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from booking import customers, holds, texts, waitlist
from booking.codes import read_code
from booking.errors import AlreadyOver, NotFound, NotYours, TooManyAppointments
from booking.ledger import Ledger
from booking.models import Appointment, Opening, Status
from booking.openings import Wish, occupied_by
from booking.search import Search
from booking.spa import Treatment
from booking.tables import AppointmentRow, CustomerRow


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What to write into the book.

    Attributes:
        treatment: what.
        starts_at: when, aware.
        therapist: who must be among those who do it; None for anybody who can.
        name: of the customer, for a first booking.
        team: who all must do it, as in the opening that was offered; empty for anybody.
        phone: of the customer, when the staff book; a caller's is that of the call.
        note: to be kept with the appointment.
        contact: the number that a caller without a caller id gave.
    """

    treatment: Treatment
    starts_at: datetime
    therapist: str | None = None
    name: str = ""
    team: tuple[str, ...] = ()
    phone: str | None = None
    note: str = ""
    contact: str = ""

    def wish(self, zone: ZoneInfo) -> Wish:
        """What to look for."""
        day = self.starts_at.astimezone(zone).date()
        return Wish(self.treatment, day, therapist=self.therapist, team=self.team)


@dataclass(frozen=True, slots=True)
class Change:
    """What an appointment becomes.

    Attributes:
        starts_at: the new time, aware.
        treatment: another one; None for the same.
        therapist: who must be among those who do it; if nobody is wished, the same as before
            when they are free.
        team: who all must do it, as in the opening that was offered.
    """

    starts_at: datetime
    treatment: Treatment | None = None
    therapist: str | None = None
    team: tuple[str, ...] = ()


async def book(
    ledger: Ledger, request: BookingRequest, make_code: Callable[[], str]
) -> Appointment:
    """Book an opening; a repeat, of the tool call or of the wish, books nothing twice.

    Raises:
        BookingError: it cannot be booked; with alternatives.
    """
    if repeated := await _repeated(ledger, "booked"):
        return repeated
    wish = request.wish(ledger.zone)
    ledger = ledger.for_customer(request.phone)
    phone = ledger.customer_phone or ledger.actor.phone
    customer = await customers.ensure(ledger, phone, request.name, request.contact)
    await ledger.take_turns(wish.day)
    if same := await _same(ledger, request):
        return ledger.appointment(same)
    await _check_limit(ledger, customer)
    opening = await Search(ledger).exactly(wish, request.starts_at)
    return await write(ledger, request, opening, customer, make_code)


async def write(
    ledger: Ledger,
    request: BookingRequest,
    opening: Opening,
    customer: CustomerRow,
    make_code: Callable[[], str],
) -> Appointment:
    """Write an opening that was found free into the book."""
    needed = occupied_by(request.treatment, opening.starts_at)
    await holds.let_go(ledger, needed, booked=opening.treatment)
    row = AppointmentRow(
        code=make_code(),
        customer_id=customer.id,
        treatment=opening.treatment,
        starts_at=opening.starts_at,
        ends_at=opening.ends_at,
        status=Status.BOOKED,
        therapists=list(opening.therapists),
        room=opening.room,
        price_cents=request.treatment.price_cents,
        note=_note(request, customer),
        created_by=ledger.actor.who,
        call_sid=ledger.actor.call_sid,
        created_at=ledger.now,
    )
    ledger.session.add(row)
    await ledger.session.flush()
    await ledger.occupy(opening, needed, by=row)
    event = await ledger.note("booked", appointment=row, opening=holds.told(opening))
    await texts.owe_confirmation(ledger, event, row)
    return ledger.appointment(row)


def _note(request: BookingRequest, customer: CustomerRow) -> str:
    """What is kept with an appointment; a name that is not the customer's, too."""
    given = "" if request.name in ("", customer.name) else f"Booked under the name {request.name}."
    return " ".join(filter(None, (request.note, given)))


async def reschedule(ledger: Ledger, code: str | None, change: Change, reason: str) -> Appointment:
    """Move an appointment; it stays where it is when the new time cannot be had.

    Raises:
        BookingError: it cannot be moved there, with alternatives; or it is not the actor's.
    """
    if repeated := await _repeated(ledger, "rescheduled"):
        return repeated
    row = await own(ledger, code)
    _check_coming(ledger, row)
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    ledger = ledger.for_customer(customer.phone)
    treatment = change.treatment or ledger.catalog.treatment(row.treatment)
    wish = Wish(
        treatment,
        change.starts_at.astimezone(ledger.zone).date(),
        therapist=change.therapist,
        team=change.team,
        rather=tuple(row.therapists),
    )
    unchanged = row.starts_at == change.starts_at and row.treatment == treatment.key
    if not (unchanged and wish.required <= set(row.therapists)):
        await ledger.take_turns(wish.day)
        opening = await Search(ledger, moving=row).exactly(wish, change.starts_at)
        await _move(ledger, row, treatment, opening, reason)
    return ledger.appointment(row)


async def _move(
    ledger: Ledger, row: AppointmentRow, treatment: Treatment, opening: Opening, reason: str
) -> None:
    left = ledger.appointment(row)
    needed = occupied_by(treatment, opening.starts_at)
    await holds.let_go(ledger, needed, booked=opening.treatment)
    await ledger.vacate(row)
    await ledger.occupy(opening, needed, by=row)
    if row.treatment != opening.treatment:
        row.treatment, row.price_cents = opening.treatment, treatment.price_cents
    row.starts_at, row.ends_at = opening.starts_at, opening.ends_at
    row.therapists, row.room = list(opening.therapists), opening.room
    event = await ledger.note(
        "rescheduled",
        appointment=row,
        why=reason,
        was=holds.told(left),
        opening=holds.told(opening),
    )
    await texts.owe_change(ledger, event, row)
    await waitlist.offer_day(ledger.by_itself(), left.starts_at.date())


async def cancel(ledger: Ledger, code: str | None, reason: str) -> Appointment:
    """Cancel an appointment; one that is cancelled stays so.

    Raises:
        BookingError: it is not the actor's, or over.
    """
    if repeated := await _repeated(ledger, "cancelled"):
        return repeated
    row = await own(ledger, code)
    if row.status != Status.CANCELLED:
        _check_coming(ledger, row)
        row.status = Status.CANCELLED
        await ledger.vacate(row)
        event = await ledger.note(
            "cancelled", appointment=row, why=reason, was=holds.told(ledger.appointment(row))
        )
        await texts.owe_cancellation(ledger, event, row)
        await waitlist.offer_day(ledger.by_itself(), row.starts_at.astimezone(ledger.zone).date())
    return ledger.appointment(row)


async def own(ledger: Ledger, code: str | None) -> AppointmentRow:
    """An appointment that the actor may change: of the caller's number, or of the same call.

    Raises:
        NotFound: there is none, or without a code it is not clear which.
        NotYours: a caller's code is that of nobody, or of somebody else.
    """
    if code is None:
        return await _only_coming(ledger)
    query = select(AppointmentRow).where(AppointmentRow.code == read_code(code))
    row = await ledger.session.scalar(query.with_for_update())
    if not ledger.actor.is_caller:
        if row is None:
            raise NotFound("There is no such appointment.")
        return row
    # A caller who tries codes hears the same of one that exists.
    if row is None or not await _is_theirs(ledger, row):
        raise NotYours("There is no such appointment under this number.")
    return row


async def _repeated(ledger: Ledger, action: str) -> Appointment | None:
    """The appointment to which this very tool call has done it already."""
    earlier = await ledger.noted(action)
    if earlier is None:
        return None
    return ledger.appointment(await ledger.session.get_one(AppointmentRow, earlier.appointment_id))


async def _is_theirs(ledger: Ledger, row: AppointmentRow) -> bool:
    customer = await ledger.session.get_one(CustomerRow, row.customer_id)
    same_number = customer.phone is not None and customer.phone == ledger.actor.phone
    same_call = row.call_sid is not None and row.call_sid == ledger.actor.call_sid
    return same_number or same_call


async def _only_coming(ledger: Ledger) -> AppointmentRow:
    mine = (
        AppointmentRow.call_sid == ledger.actor.call_sid
        if ledger.actor.phone is None
        else CustomerRow.phone == ledger.actor.phone
    )
    coming = (
        await ledger.session.scalars(
            select(AppointmentRow)
            .join(CustomerRow, AppointmentRow.customer_id == CustomerRow.id)
            .where(mine, AppointmentRow.status == Status.BOOKED)
            .where(AppointmentRow.starts_at > ledger.now)
            .with_for_update(of=AppointmentRow)
        )
    ).all()
    if not coming:
        raise NotFound("There is no coming appointment under this number.")
    if len(coming) > 1:
        raise NotFound("There are several coming appointments; ask which one.")
    return coming[0]


def _check_coming(ledger: Ledger, row: AppointmentRow) -> None:
    if row.status == Status.CANCELLED:
        raise AlreadyOver("That appointment is cancelled.")
    if row.starts_at <= ledger.now:
        raise AlreadyOver


async def _same(ledger: Ledger, request: BookingRequest) -> AppointmentRow | None:
    """What this call has booked for the same wish: the model said it twice.

    Another therapist at the same time is for somebody who comes along.
    """
    if ledger.actor.call_sid is None:
        return None
    booked = await ledger.session.scalars(
        select(AppointmentRow)
        .where(AppointmentRow.call_sid == ledger.actor.call_sid)
        .where(AppointmentRow.treatment == request.treatment.key)
        .where(AppointmentRow.starts_at == request.starts_at)
        .where(AppointmentRow.status == Status.BOOKED)
        .order_by(AppointmentRow.id)
    )
    required = request.wish(ledger.zone).required
    return next((row for row in booked if required <= set(row.therapists)), None)


async def _check_limit(ledger: Ledger, customer: CustomerRow) -> None:
    """A caller may have so many coming appointments; the staff decide for themselves."""
    if not ledger.actor.is_caller:
        return
    coming = await ledger.session.scalar(
        select(func.count())
        .select_from(AppointmentRow)
        .where(AppointmentRow.customer_id == customer.id)
        .where(AppointmentRow.starts_at > ledger.now, AppointmentRow.status == Status.BOOKED)
    )
    limit = ledger.catalog.policies.maximum_open_appointments
    if (coming or 0) >= limit:
        raise TooManyAppointments(limit)
