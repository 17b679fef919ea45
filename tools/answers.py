"""The one shape of every tool's result.

`{"ok": true, ...facts, "message": sentence}` or `{"ok": false, "reason": code, "message":
sentence, "openings": [...]}`; today's date is in both, because the model does not know it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from loguru import logger
from pipecat.frames.frames import FunctionCallResultProperties, TTSSpeakFrame
from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingDesk
from booking.errors import BookingError
from booking.models import Appointment, Opening
from booking.opening_id import encode
from tools.arguments import check_texts
from tools.context import CallContext, Patience, call_context
from tools.spoken import say_date, say_list, say_moment, say_time

Answer = dict[str, Any]

FILLER = "One moment, please."

TOO_SLOW = (
    "I could not do that in time. Look with get_customer_history whether it was done before you "
    "try again, or offer to connect the caller to the front desk."
)


async def answer(
    params: FunctionCallParams,
    work: Callable[[], Awaitable[Answer]],
    *,
    writes: bool = False,
    run_llm: bool = True,
) -> None:
    """Do a tool's work and give the model its result; a BookingError is a result too.

    A change of the book is finished even when the caller hangs up meanwhile; what takes too
    long for the call's patience is bridged by a few words, or given up.

    Args:
        params: of the tool call.
        work: gives the facts of the result.
        writes: whether it changes the book.
        run_llm: whether the model is to say something about the result.
    """
    call = call_context(params)
    task = asyncio.create_task(_result(call, params, work))
    if writes:
        call.writes.add(task)
        task.add_done_callback(call.writes.discard)
    filler = asyncio.create_task(_fill_the_silence(params, call.patience.filler_secs))
    try:
        result = await (asyncio.shield(task) if writes else task)
    finally:
        filler.cancel()
    properties = None if run_llm else FunctionCallResultProperties(run_llm=False)
    await params.result_callback(result, properties=properties)


async def _result(
    call: CallContext, params: FunctionCallParams, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    async def checked() -> Answer:
        check_texts(params.arguments)
        return await _within_limits(work, call.patience)

    try:
        return await told(call.desk, checked)
    except TimeoutError:
        logger.warning("Tool {} took too long and was given up", params.function_name)
        return dated(_refused("timeout", TOO_SLOW, []), call.desk)


async def told(desk: BookingDesk, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """What the model is told of some work; a BookingError is a result too."""
    try:
        return dated({"ok": True} | await work(), desk)
    except BookingError as error:
        message, offers = refusal(str(error), desk, error.alternatives), error.alternatives
        return dated(_refused(error.reason, message, describe_openings(desk, offers)), desk)


def dated(result: Answer, desk: BookingDesk) -> Answer:
    """A result that tells the model what day it is."""
    today = desk.today()
    return result | {"today": f"{today:%A} {today.isoformat()}"}


async def _within_limits(work: Callable[[], Awaitable[Answer]], patience: Patience) -> Answer:
    """Do the work; what was given up in the middle is asked once more whether it was done.

    A tool call does a thing once, so asking again gives what was written, or writes it now.
    """
    try:
        async with asyncio.timeout(patience.tool_secs):
            return await work()
    except TimeoutError:
        async with asyncio.timeout(patience.again_secs):
            return await work()


def _refused(reason: str, message: str, openings: list[Answer]) -> Answer:
    return {"ok": False, "reason": reason, "message": message, "openings": openings}


async def _fill_the_silence(params: FunctionCallParams, after_secs: float) -> None:
    await asyncio.sleep(after_secs)
    # Into the service, not behind it: a speech-to-speech model is its own voice.
    await params.llm.queue_frame(TTSSpeakFrame(FILLER))


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
        "treatment": desk.catalog.treatment_name(appointment.treatment),
        "date": appointment.starts_at.date().isoformat(),
        "weekday": f"{appointment.starts_at:%A}",
        "time": f"{appointment.starts_at:%H:%M}",
        "therapist": say_list(appointment.therapists, word="standard"),
        "spoken": say_moment(appointment.starts_at, desk.today()),
    }


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
