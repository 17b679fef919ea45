"""What the spa offers, and when."""

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingDesk
from booking.models import Actor
from tools.answers import Answer, answer, describe_openings, say_openings, told
from tools.arguments import read_date, read_part_of_day, read_time
from tools.context import call_context
from tools.spoken import say_list, say_moment, say_money


async def check_availability(
    params: FunctionCallParams,
    service: str,
    date: str,
    time: str = "",
    therapist: str = "",
    part_of_day: str = "",
) -> None:
    """Look up which openings there are. Always do this before offering a time.

    Args:
        service: The treatment, as the caller says it.
        date: The day: YYYY-MM-DD, or as the caller says it, such as tomorrow or next Tuesday.
        time: The wished time, HH:MM in 24 hours; leave it out if the caller named none.
        therapist: The wished therapist's name; leave it out if the caller named none.
        part_of_day: morning, afternoon or evening; leave it out if the caller named none.
    """
    call = call_context(params)
    actor = call.actor(params.tool_call_id)
    await answer(
        params,
        lambda: _availability(call.desk, actor, service, date, time, therapist, part_of_day),
    )


async def hear_availability(
    desk: BookingDesk, service: str, date: str, time: str, therapist: str, part_of_day: str
) -> Answer:
    """What `check_availability` would tell for a caller nobody knows; the same words are taken."""
    actor = Actor("caller")
    return await told(
        desk, lambda: _availability(desk, actor, service, date, time, therapist, part_of_day)
    )


async def _availability(
    desk: BookingDesk,
    actor: Actor,
    service: str,
    date: str,
    time: str,
    therapist: str,
    part_of_day: str,
) -> Answer:
    treatment = desk.catalog.treatment_named(service)
    person = desk.catalog.therapist_named(therapist, treatment) if therapist else None
    found = await desk.find_openings(
        treatment,
        read_date(date, desk),
        at=read_time(time),
        part_of_day=read_part_of_day(part_of_day),
        therapist=person.name if person else None,
        actor=actor,
    )
    if found.exact:
        opening = found.openings[0]
        when = say_moment(opening.starts_at, desk.today())
        who = say_list(opening.therapists, word="standard")
        message = f"{treatment.name} is free {when} with {who}."
    else:
        message = f"For {treatment.name} I have {say_openings(desk, found.openings)}."
    return {
        "service": treatment.name,
        "minutes": treatment.minutes,
        "openings": describe_openings(desk, found.openings),
        "message": message,
    }


async def list_treatments(params: FunctionCallParams, service: str = "") -> None:
    """Look up what the spa does: duration, price and who does it.

    Args:
        service: One treatment, as the caller says it; leave it out for all of them.
    """
    desk = call_context(params).desk

    async def look() -> Answer:
        catalog = desk.catalog
        chosen = [catalog.treatment_named(service)] if service.strip() else catalog.treatments
        currency = catalog.spa.currency
        told = [
            {
                "service": item.name,
                "minutes": item.minutes,
                "price": say_money(item.price, currency),
                "people": item.people,
                "therapists": list(item.therapists),
            }
            for item in chosen
        ]
        if len(told) == 1:
            only = chosen[0]
            price = say_money(only.price, currency)
            message = f"{only.name} takes {only.minutes} minutes and costs {price}."
        else:
            names = say_list([item.name for item in chosen], word="standard")
            message = f"We offer {names}."
        return {"treatments": told, "message": message}

    await answer(params, look)
