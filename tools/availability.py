"""Looking for openings."""

from pipecat.services.llm_service import FunctionCallParams

from tools.answers import Answer, answer, describe_openings, say_openings
from tools.arguments import read_date, read_part_of_day, read_time
from tools.context import call_context
from tools.spoken import say_list, say_moment


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
        date: The day, YYYY-MM-DD, in the spa's time zone.
        time: The wished time, HH:MM in 24 hours; leave it out if the caller named none.
        therapist: The wished therapist's name; leave it out if the caller named none.
        part_of_day: morning, afternoon or evening; leave it out if the caller named none.
    """
    desk = call_context(params).desk

    async def look() -> Answer:
        treatment = desk.catalog.treatment_named(service)
        person = desk.catalog.therapist_named(therapist, treatment) if therapist else None
        found = await desk.find_openings(
            treatment,
            read_date(date),
            at=read_time(time),
            part_of_day=read_part_of_day(part_of_day),
            therapist=person.name if person else None,
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

    await answer(params, look)
