"""The model: whether it lets us in, takes mu-law and says a word."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from doctor.finding import Finding, fine, wrong
from realtime.connection import ModelUnreachable, open_connection
from realtime.session import FORMATS, SessionOptions, build_session, load_session_options
from receptionist import now
from settings import Settings
from telephony.mulaw import SAMPLE_RATE

ANSWER_SECS = 15.0
"""How long each answer of the model may take."""

SKEW_SECS = 30
"""A clock that is further off breaks tokens and puts appointments into the past."""

A_SECOND = base64.b64encode(b"\xff" * SAMPLE_RATE).decode("ascii")
"""Of silence in mu-law."""

SUBJECT = "model"
KEY_FIX = "check OPENAI_API_KEY and the account's balance"
NET_FIX = "check OPENAI_REALTIME_URL, and that this machine reaches it"
CLOCK_FIX = "timedatectl set-ntp true"
MODEL_FIX = "check OPENAI_REALTIME_MODEL, and [realtime] in the spa file"


class ModelFault(Exception):
    """The model did not do what a call needs."""


async def model(settings: Settings) -> list[Finding]:
    """Connect, configure, let it hear a second of silence and say a word."""
    try:
        connection = await open_connection(
            settings.openai_realtime_url,
            model=settings.openai_realtime_model,
            api_key=settings.openai_api_key.get_secret_value(),
        )
    except ModelUnreachable as error:
        refused = "401" in str(error) or "403" in str(error)
        return [wrong(SUBJECT, f"no connection: {error}", KEY_FIX if refused else NET_FIX)]
    try:
        options = load_session_options(settings.spa_file)
        heard = await _talk(connection, options, settings.openai_realtime_model)
    except (ModelFault, ConnectionClosed, TimeoutError) as error:
        told = str(error) or f"no answer within {ANSWER_SECS:.0f} s"
        return [wrong(SUBJECT, told, KEY_FIX if "quota" in told or "key" in told else MODEL_FIX)]
    finally:
        await connection.close()
    told = f"{settings.openai_realtime_model} takes mu-law, and said {heard} ms of audio"
    return [fine(SUBJECT, told), _clock(connection)]


async def _talk(connection: ClientConnection, options: SessionOptions, model: str) -> int:
    """How many milliseconds of mu-law it said.

    Raises:
        ModelFault: it refused something.
    """
    async with aclosing(_events(connection)) as events:
        await _until(events, "session.created")
        session = build_session(options, model=model, instructions="You test a line.", tools=[])
        await _send(connection, "session.update", session=session)
        updated = await _until(events, "session.updated")
        for end in ("input", "output"):
            given = updated["session"]["audio"][end].get("format")
            if given != FORMATS["g711_ulaw"]:
                raise ModelFault(f"it did not take mu-law as {end}, but {given}")
        await _send(connection, "input_audio_buffer.append", audio=A_SECOND)
        await _send(connection, "response.create", response={"instructions": "Say: ready."})
        return await _listen(events)


async def _listen(events: AsyncGenerator[dict[str, Any]]) -> int:
    said = 0
    async for event in events:
        if event["type"] == "response.output_audio.delta":
            said += len(base64.b64decode(event["delta"]))
        elif event["type"] == "response.done":
            break
    else:
        event = {}
    status = event.get("response", {}).get("status")
    if status == "completed" and not said:
        raise ModelFault("it answered without a word")
    if status != "completed":
        details = event.get("response", {}).get("status_details")
        raise ModelFault(f"its answer was {status}: {details}")
    return said * 1000 // SAMPLE_RATE


async def _events(connection: ClientConnection) -> AsyncGenerator[dict[str, Any]]:
    """What it says; an error ends it.

    Raises:
        ModelFault: an error event.
    """
    while True:
        async with asyncio.timeout(ANSWER_SECS):
            event = cast(dict[str, Any], json.loads(await connection.recv()))
        if event["type"] == "error":
            raise ModelFault(f"{event['error'].get('code')}: {event['error'].get('message')}")
        yield event


async def _until(events: AsyncGenerator[dict[str, Any]], kind: str) -> dict[str, Any]:
    async for event in events:
        if event["type"] == kind:
            return event
    raise ModelFault(f"it never sent {kind}")


async def _send(connection: ClientConnection, kind: str, **body: Any) -> None:
    await connection.send(json.dumps({"type": kind, **body}))


def _clock(connection: ClientConnection) -> Finding:
    """Our clock beside that of the model's server, as its handshake told it."""
    date = connection.response.headers.get("Date") if connection.response else None
    if date is None:
        return fine("clock", "the model's server does not tell the time, so ours was not compared")
    skew = (now() - parsedate_to_datetime(date)).total_seconds()
    if abs(skew) > SKEW_SECS:
        return wrong("clock", f"it is {skew:.0f} s ahead of the model's", CLOCK_FIX)
    return fine("clock", f"it is within {SKEW_SECS} s of the model's")
