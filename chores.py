"""What a process does behind the calls: texts, journal, tidying, forgetting, the greeting."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from loguru import logger

from database import DATABASE_ERRORS
from messaging.courier import Courier
from messaging.wording import Wording
from monitoring import watch_the_loop
from privacy.retention import Retention
from receptionist import Receptionist, now
from settings import Settings
from telephony.recordings import Recordings
from telephony.rest import open_clients
from telephony.text_line import TextLine, open_text_line

DELIVER_SECS = 2.0
"""A caller who has just booked may still be on the phone when the text arrives."""

TIDY_SECS = 60.0
"""Who is next on the waitlist waits no longer than that for what somebody let go."""

WRITE_SECS = 1.0
"""How old what happened in a call gets before everybody can read it."""

LOOK_SECS = 3.0
"""How long somebody at the desk who wants a call of another replica waits for it."""

RECORD_SECS = 2.0
"""How long recordings wait for their next piece; what a dying process loses is not much more."""

PUT_AWAY_SECS = 10.0
"""How often it is looked for recordings that are complete."""

LET_GO_SECS = 3600.0
"""Retention is counted in days."""

LAST_WRITE_SECS = 5.0
"""How long the end of the process waits for what calls have left to be written."""

TROUBLE_SECS = 30.0
"""How long a chore that failed leaves the database alone."""


@asynccontextmanager
async def doing_chores(
    settings: Settings, receptionist: Receptionist, calendar_url: Callable[[str], str]
) -> AsyncGenerator[None]:
    """Do the chores as long as it is entered.

    A text that is under way at the end is found by whoever comes next; see `booking.outbox`.

    Args:
        settings: of this process.
        receptionist: what its calls share.
        calendar_url: gives the address of an appointment's calendar file, from its code.
    """
    async with AsyncExitStack() as stack:
        chores = await _chores(stack, settings, receptionist, calendar_url)
        tasks = [asyncio.create_task(chore) for chore in chores]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for end in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(end, Exception):
                    logger.opt(exception=end).error("A chore has ended before its time")
            await _write_for_the_last_time(receptionist.records.catch_up)
            await _write_for_the_last_time(receptionist.journal.write)
            await _write_for_the_last_time(receptionist.tapes.write)
            await _write_for_the_last_time(receptionist.captures.write)


async def _chores(
    stack: AsyncExitStack,
    settings: Settings,
    receptionist: Receptionist,
    calendar_url: Callable[[str], str],
) -> list[Coroutine[Any, Any, None]]:
    voicemails = await stack.enter_async_context(open_voicemails(settings))
    privacy = receptionist.catalog.privacy
    retention = Retention(receptionist.sessions, privacy, receptionist.shelf, voicemails, now)
    chores: list[Coroutine[Any, Any, None]] = [
        repeat("tidy the book", receptionist.desk.tidy, TIDY_SECS),
        repeat("note what became of calls", receptionist.records.catch_up, WRITE_SECS),
        repeat("write what happened in calls", receptionist.journal.write, WRITE_SECS),
        repeat("write captures", receptionist.captures.write, RECORD_SECS),
        repeat("let go of captures", receptionist.captures.let_go, LET_GO_SECS),
        repeat("look whom the desk wants", receptionist.live.look, LOOK_SECS),
        repeat("write recordings", receptionist.tapes.write, RECORD_SECS),
        repeat("put recordings away", receptionist.tapes.put_away, PUT_AWAY_SECS),
        repeat("let go of what is too old", retention.enforce, LET_GO_SECS),
        repeat("watch the loop", partial(watch_the_loop, receptionist.metrics), 0),
    ]
    if receptionist.recorder:
        chores.append(receptionist.recorder.record())
    if settings.sends_texts:
        line = await stack.enter_async_context(_text_line(settings))
        words = Wording(receptionist.catalog.spa, calendar_url).words
        status_url = f"{settings.public_url}/sms/status"
        courier = Courier(receptionist.outbox, line, words, status_url)
        chores.append(repeat("send texts", courier.deliver, DELIVER_SECS))
    else:
        logger.info(
            "No texts are sent: they need TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and "
            "TWILIO_PHONE_NUMBER"
        )
    return chores


async def _write_for_the_last_time(write: Callable[[], Awaitable[None]]) -> None:
    try:
        async with asyncio.timeout(LAST_WRITE_SECS):
            await write()
    except (*DATABASE_ERRORS, TimeoutError):
        logger.exception("What happened in the last calls cannot be written")


@asynccontextmanager
async def open_voicemails(settings: Settings) -> AsyncGenerator[Recordings | None]:
    """What callers left, at Twilio; None when its REST interface is not configured."""
    if not settings.reaches_twilio:
        yield None
        return
    async with open_clients(
        settings.twilio_account_sid, settings.auth_tokens, settings.twilio_api_url
    ) as clients:
        yield Recordings(clients)


def _text_line(settings: Settings) -> AbstractAsyncContextManager[TextLine]:
    return open_text_line(
        settings.twilio_account_sid,
        settings.auth_tokens,
        settings.twilio_phone_number,
        settings.twilio_api_url,
    )


async def repeat(
    name: str,
    work: Callable[[], Awaitable[object]],
    pause_secs: float,
    trouble_secs: float = TROUBLE_SECS,
) -> None:
    """Do a chore again and again; whatever goes wrong is logged, and it goes on."""
    while True:
        try:
            await work()
        except Exception:  # the next round may find the database back
            logger.exception("Chore failed: {}; next attempt in {:.0f} s", name, trouble_secs)
            await asyncio.sleep(trouble_secs)
        await asyncio.sleep(pause_secs)
