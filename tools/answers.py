"""The one shape of every tool's result.

`{"ok": true, ...facts, "message": sentence}` or `{"ok": false, "reason": code, "message":
sentence, "openings": [...]}`; today's date is in both, because the model does not know it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingDesk
from booking.errors import BookingError
from booking.models import Appointment, Opening
from booking.opening_id import encode
from tools.arguments import check_texts
from tools.context import call_context
from tools.spoken import say_date, say_list, say_moment, say_time

Answer = dict[str, Any]


async def answer(params: FunctionCallParams, work: Callable[[], Awaitable[Answer]]) -> None:
    """Do a tool's work and give the model its result; a BookingError is a result too."""
    desk = call_context(params).desk
    today = desk.today()
    about_now = {"today": f"{today:%A} {today.isoformat()}"}
    try:
        check_texts(params.arguments)
        result = {"ok": True} | await work() | about_now
    except BookingError as error:
        offers = describe_openings(desk, error.alternatives)
        result = {
            "ok": False,
            "reason": error.reason,
            "message": refusal(str(error), desk, error.alternatives),
            "openings": offers,
        } | about_now
    await params.result_callback(result)


def describe_openings(desk: BookingDesk, openings: Sequence[Opening]) -> list[Answer]:
    """Openings as the model reads them."""
    return [
        {
            "opening_id": encode(desk.catalog, opening),
            "date": opening.starts_at.date().isoformat(),
            "weekday": f"{opening.starts_at:%A}",
            "time": f"{opening.starts_at:%H:%M}",
            "therapist": say_list(opening.therapists, word="standard"),
            "spoken": say_moment(opening.starts_at, desk.today()),
        }
        for opening in openings
    ]


def describe_appointment(desk: BookingDesk, appointment: Appointment) -> Answer:
    """An appointment as the model reads it."""
    return {
        "code": appointment.code,
        "treatment": treatment_name(desk, appointment.treatment),
        "date": appointment.starts_at.date().isoformat(),
        "weekday": f"{appointment.starts_at:%A}",
        "time": f"{appointment.starts_at:%H:%M}",
        "therapist": say_list(appointment.therapists, word="standard"),
        "spoken": say_moment(appointment.starts_at, desk.today()),
    }


def treatment_name(desk: BookingDesk, key: str) -> str:
    """How the house calls a treatment, also one that it no longer offers."""
    names = {treatment.key: treatment.name for treatment in desk.catalog.treatments}
    return names.get(key, key.replace("-", " "))


def refusal(sentence: str, desk: BookingDesk, alternatives: Sequence[Opening]) -> str:
    """The sentence of an error, followed by what could be had instead."""
    if not alternatives:
        return sentence
    return f"{sentence} I could offer {say_openings(desk, alternatives)}."


def say_openings(desk: BookingDesk, openings: Sequence[Opening]) -> str:
    """Openings as people say them; a day that they share is said once."""
    days = {opening.starts_at.date() for opening in openings}
    if len(days) == 1:
        times = say_list([say_time(opening.starts_at) for opening in openings])
        return f"{say_date(days.pop(), desk.today())} at {times}"
    return say_list([say_moment(opening.starts_at, desk.today()) for opening in openings])
