"""Waiting for an opening that is not there."""

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import WaitlistRequest
from booking.errors import BookingError
from booking.words import one_line
from tools.answers import Answer, answer
from tools.appointments import MAX_NAME, check_known
from tools.arguments import UnclearArgument, read_date, read_part_of_day
from tools.context import call_context
from tools.interruption import uninterrupted
from tools.spoken import say_date


class CannotTell(BookingError):
    """Nobody could tell the caller that something has become free."""

    reason = "cannot_tell"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"I cannot reach you when something is free, {why}. "
            "Shall I take a message for our front desk instead?"
        )


@uninterrupted
async def join_waitlist(
    params: FunctionCallParams,
    service: str,
    date: str,
    until: str = "",
    part_of_day: str = "",
    therapist: str = "",
    name: str = "",
) -> None:
    """Put the caller on the waitlist, when nothing fits and the caller wants to wait.

    Who waits gets a text message as soon as something is free.

    Args:
        service: The treatment, as the caller says it.
        date: The first day, as the caller says it or YYYY-MM-DD.
        until: The last day, as the caller says it or YYYY-MM-DD; leave it out for one day.
        part_of_day: morning, afternoon or evening; leave it out for any.
        therapist: The wished therapist's name; leave it out if the caller named none.
        name: The caller's full name; leave it out only for a known customer.
    """
    call = call_context(params)

    async def join() -> Answer:
        catalog = call.desk.catalog
        if call.phone is None:
            raise CannotTell("because your number is withheld")
        if not catalog.messages.enabled or not catalog.is_texted(call.phone):
            raise CannotTell("because I cannot text your number")
        await check_known(call, name)
        treatment = catalog.treatment_named(service)
        person = catalog.therapist_named(therapist, treatment).name if therapist else None
        first = read_date(date, call.desk)
        last = read_date(until, call.desk) if until.strip() else first
        today = call.desk.today()
        if not today <= first <= last:
            raise UnclearArgument("From which day until which day would you like to wait?")
        entry = await call.desk.join_waitlist(
            WaitlistRequest(
                treatment,
                first,
                last,
                read_part_of_day(part_of_day),
                person,
                one_line(name, MAX_NAME),
            ),
            call.actor(params.tool_call_id),
        )
        days = say_date(first, today)
        if last != first:
            days = f"{days} until {say_date(last, today)}"
        return {
            "first_day": entry.first_day.isoformat(),
            "last_day": entry.last_day.isoformat(),
            "message": f"You are on the waitlist for {treatment.name}, {days}. "
            "We send you a text message when something is free.",
        }

    await answer(params, join, writes=True)
