"""Booking and cancelling."""

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingRequest
from booking.models import Appointment
from booking.opening_id import decode
from booking.openings import local_moment
from tools.answers import Answer, answer, describe_appointment, treatment_name
from tools.arguments import UnclearArgument, read_date, read_time
from tools.context import CallContext, call_context
from tools.spoken import say_list, say_moment


async def book_appointment(
    params: FunctionCallParams,
    opening_id: str = "",
    service: str = "",
    date: str = "",
    time: str = "",
    therapist: str = "",
    name: str = "",
) -> None:
    """Book an opening, after the caller has said yes to treatment, day and time.

    Pass the opening_id of an opening that check_availability gave, or service, date and time.

    Args:
        opening_id: The opening_id of the offered opening.
        service: The treatment, if there is no opening_id.
        date: The day, YYYY-MM-DD, if there is no opening_id.
        time: The time, HH:MM in 24 hours, if there is no opening_id.
        therapist: The wished therapist's name; leave it out if the caller named none.
        name: The caller's name, if it is not known yet.
    """
    call = call_context(params)

    async def book() -> Answer:
        if opening_id:
            named = decode(call.desk.catalog, opening_id, call.desk.today())
            request = BookingRequest(
                named.treatment, named.starts_at, named.therapists[0], name=name.strip()
            )
        else:
            request = _request(call, service, date, time, therapist, name)
        appointment = await call.desk.book(request, call.actor(params.tool_call_id))
        return _result(call, appointment, "You are booked")

    await answer(params, book)


async def cancel_appointment(params: FunctionCallParams, code: str = "", reason: str = "") -> None:
    """Cancel an appointment of this caller, after the caller has said yes to it.

    Args:
        code: The appointment's code, from get_customer_history; leave it out if there is only one.
        reason: Why, if the caller said so.
    """
    call = call_context(params)

    async def cancel() -> Answer:
        actor = call.actor(params.tool_call_id)
        appointment = await call.desk.cancel(actor, code.strip() or None, reason)
        return _result(call, appointment, "I have cancelled your appointment")

    await answer(params, cancel)


def _request(
    call: CallContext, service: str, date: str, time: str, therapist: str, name: str
) -> BookingRequest:
    catalog = call.desk.catalog
    treatment = catalog.treatment_named(service)
    day, at = read_date(date), read_time(time)
    if at is None:
        raise UnclearArgument("What time would you like?")
    starts_at = local_moment(day, at, catalog.spa.zone)
    if starts_at is None:
        raise UnclearArgument("The clocks go forward then. What other time would you like?")
    person = catalog.therapist_named(therapist, treatment).name if therapist else None
    return BookingRequest(treatment, starts_at, person, name=name.strip())


def _result(call: CallContext, appointment: Appointment, did: str) -> Answer:
    """The facts and the sentence, both made from the committed row."""
    name = treatment_name(call.desk, appointment.treatment)
    when = say_moment(appointment.starts_at, call.desk.today())
    who = say_list(appointment.therapists, word="standard")
    return {
        "appointment": describe_appointment(call.desk, appointment),
        "message": f"{did}: {name}, {when}, with {who}.",
    }
