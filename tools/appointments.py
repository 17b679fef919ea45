"""Booking, moving and cancelling."""

from datetime import datetime

from pipecat.services.llm_service import FunctionCallParams

from booking.codes import read_code
from booking.desk import BookingRequest, Change
from booking.errors import BookingError
from booking.models import Appointment
from booking.openings import local_moment
from booking.words import one_line
from tools.answers import Answer, answer, describe_appointment
from tools.arguments import UnclearArgument, read_date, read_phone, read_time
from tools.context import CallContext, call_context
from tools.identity import NameNeeded, prove
from tools.interruption import uninterrupted
from tools.spoken import say_list, say_moment

MAX_NAME = 200
"""What the database keeps of a name."""

MAX_CHARS = 2000
"""What is kept of a reason."""


@uninterrupted
async def book_appointment(
    params: FunctionCallParams,
    opening_id: str = "",
    service: str = "",
    date: str = "",
    time: str = "",
    therapist: str = "",
    name: str = "",
    phone: str = "",
) -> None:
    """Book an opening, after you repeated treatment, day and time and the caller said yes.

    Pass the opening_id of an opening that check_availability gave, or service, date and time.

    Args:
        opening_id: The opening_id of the offered opening.
        service: The treatment, if there is no opening_id.
        date: The day, as the caller says it or YYYY-MM-DD, if there is no opening_id.
        time: The time, HH:MM in 24 hours, if there is no opening_id.
        therapist: The wished therapist's name; leave it out if the caller named none.
        name: The caller's full name; leave it out only for a known customer.
        phone: A number to call back, only from a caller whose own number is withheld.
    """
    call = call_context(params)

    async def book() -> Answer:
        await check_known(call, name)
        contact = read_phone(phone, call.desk.catalog.spa.country) if call.phone is None else ""
        request = _request(call, opening_id, service, date, time, therapist)
        appointment = await call.desk.book(
            BookingRequest(
                request.treatment,
                request.starts_at,
                request.therapist,
                name=one_line(name, MAX_NAME),
                team=request.team,
                contact=contact,
            ),
            call.actor(params.tool_call_id),
        )
        return _told(call, appointment, "You are booked")

    await answer(params, book, writes=True)


@uninterrupted
async def reschedule_appointment(
    params: FunctionCallParams,
    opening_id: str = "",
    code: str = "",
    name: str = "",
    service: str = "",
    date: str = "",
    time: str = "",
    therapist: str = "",
) -> None:
    """Move an appointment of this caller, after you repeated the new time and they said yes.

    The old time is given up only when the new one is booked. Pass the opening_id of an opening
    that check_availability gave, or the date and time.

    Args:
        opening_id: The opening_id of the offered opening.
        code: The appointment's code, from get_customer_history; leave it out if there is only one.
        name: The full name that the booking is under, as the caller has just said it.
        service: The new treatment, only if it changes and there is no opening_id.
        date: The new day, as the caller says it or YYYY-MM-DD, if there is no opening_id.
        time: The new time, HH:MM in 24 hours, if there is no opening_id.
        therapist: The wished therapist's name; leave it out if the caller named none.
    """
    call = call_context(params)

    async def move() -> Answer:
        await prove(call, name, code, to_change=True)
        if opening_id or service:
            request = _request(call, opening_id, service, date, time, therapist)
            change = Change(
                request.starts_at, request.treatment, request.therapist, team=request.team
            )
        else:
            person = call.desk.catalog.therapist_named(therapist).name if therapist else None
            change = Change(_moment(call, date, time), therapist=person)
        actor = call.actor(params.tool_call_id)
        appointment = await call.desk.reschedule(change, actor, code.strip() or None)
        return _told(call, appointment, "I have moved your appointment")

    await answer(params, move, writes=True)


@uninterrupted
async def cancel_appointment(
    params: FunctionCallParams, code: str = "", name: str = "", reason: str = "", fee: str = ""
) -> None:
    """Cancel an appointment of this caller, after the caller has said yes to it.

    Args:
        code: The appointment's code, from get_customer_history; leave it out if there is only one.
        name: The full name that the booking is under, as the caller has just said it.
        reason: Why, if the caller said so.
        fee: "accepted" once the caller has heard of the fee and wants to cancel all the same.
    """
    call = call_context(params)

    async def cancel() -> Answer:
        await prove(call, name, code, to_change=True)
        if fee.strip().lower() != "accepted":
            await _warn_of_fee(call, code)
        actor = call.actor(params.tool_call_id)
        appointment = await call.desk.cancel(
            actor, code.strip() or None, one_line(reason, MAX_CHARS)
        )
        told = _told(call, appointment, "I have cancelled your appointment")
        late = call.desk.late_fee(appointment)
        return told | {"fee": late, "message": f"{told['message']} {late}".strip()}

    await answer(params, cancel, writes=True)


class FeeApplies(BookingError):
    """It is so late that the cancellation costs something, and the caller has not heard that."""

    reason = "fee_applies"

    def __init__(self, fee: str) -> None:
        super().__init__(f"{fee} Shall I cancel it all the same?")


async def _warn_of_fee(call: CallContext, code: str) -> None:
    """See that a cancellation is free, before it is done.

    Which appointment is meant is the desk's decision; a code that names none is left to it.
    """
    upcoming = (await call.desk.history(call.phone)).upcoming
    meant = [item for item in upcoming if not code.strip() or item.code == read_code(code)]
    if len(meant) == 1 and (fee := call.desk.late_fee(meant[0])):
        raise FeeApplies(fee)


async def check_known(call: CallContext, name: str) -> None:
    """See that there is a name to book under."""
    if name.strip():
        return
    customer = await call.desk.customer_by_phone(call.phone)
    if customer is None or not customer.name:
        raise NameNeeded


def _request(
    call: CallContext, opening_id: str, service: str, date: str, time: str, therapist: str
) -> BookingRequest:
    if opening_id:
        return call.desk.request(opening_id)
    treatment = call.desk.catalog.treatment_named(service)
    person = call.desk.catalog.therapist_named(therapist, treatment).name if therapist else None
    return BookingRequest(treatment, _moment(call, date, time), person)


def _moment(call: CallContext, date: str, time: str) -> datetime:
    day, at = read_date(date, call.desk), read_time(time)
    if at is None:
        raise UnclearArgument("What time would you like?")
    starts_at = local_moment(day, at, call.desk.catalog.spa.zone)
    if starts_at is None:
        raise UnclearArgument("The clocks go forward then. What other time would you like?")
    return starts_at


def _told(call: CallContext, appointment: Appointment, did: str) -> Answer:
    """The facts and the sentence, both made from the committed row."""
    name = call.desk.catalog.treatment_name(appointment.treatment)
    when = say_moment(appointment.starts_at, call.desk.today())
    who = say_list(appointment.therapists, word="standard")
    return {
        "appointment": describe_appointment(call.desk, appointment),
        "verified": call.phone is not None,
        "message": f"{did}: {name}, {when}, with {who}.",
    }
