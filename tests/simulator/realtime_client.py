"""A client that believes nothing: every event it gets is held against OpenAI's own types."""

import base64
import json
import typing
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from openai.types.realtime import realtime_server_event
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect

from simulator import mulaw
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say
from simulator.speech import CALLER

Event = dict[str, Any]

KEY = "sk-test"
MODEL = "gpt-realtime-2.1"
MULAW = {"type": "audio/pcmu"}
GREETING = "Thank you for calling Serenity Spa. How can I help?"

MULAW_SESSION: dict[str, Any] = {
    "type": "realtime",
    "instructions": "You answer the phone.",
    "audio": {
        "input": {
            "format": MULAW,
            "transcription": {"model": "gpt-transcribe"},
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 400},
        },
        "output": {"format": MULAW, "voice": "marin"},
    },
}

DELIBERATELY_UNKNOWN = "simulator.unheard_of"
_EXTRA_KEYS = {"obfuscation", "strength"}
_EXTRA_SESSION_KEYS = {"id", "object", "expires_at"}
"""What the live server sends although the types do not name it."""


class Script:
    """An agent that answers its n-th request with the n-th list of outputs."""

    def __init__(self, *answers: Sequence[Output], transcripts: Sequence[str | None] = ()) -> None:
        self.answers = list(answers)
        self.transcripts = transcripts
        self.seen: list[Conversation] = []

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.seen.append(conversation)
        return self.answers.pop(0) if self.answers else [Say(GREETING)]

    def transcribe(self, turn: int) -> str | None:
        return self.transcripts[turn] if turn < len(self.transcripts) else ""

    def __call__(self) -> "Script":
        return self


def _models() -> dict[str, type[BaseModel]]:
    union = typing.get_args(realtime_server_event.RealtimeServerEvent)[0]
    return {
        typing.get_args(model.model_fields["type"].annotation)[0]: model
        for model in typing.get_args(union)
    }


_MODELS = _models()


def _no_extra(value: object, path: str) -> None:
    if isinstance(value, BaseModel):
        known = _EXTRA_SESSION_KEYS if path.endswith(".session") else _EXTRA_KEYS
        extra = set(value.model_extra or {}) - known
        assert not extra, f"{path} has fields that the types do not know: {extra}"
        for name in type(value).model_fields:
            _no_extra(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for element in typing.cast("list[object]", value):
            _no_extra(element, f"{path}[]")


def check_event(event: Event) -> None:
    """Validate a server event: known, complete, of the right types, nothing made up."""
    if event["type"] == DELIBERATELY_UNKNOWN:
        return
    _no_extra(_MODELS[event["type"]].model_validate(event), event["type"])


class Client:
    """One connection; `events` is all that came, in order."""

    check: Callable[[Event], None] = staticmethod(check_event)

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def next(self) -> Event:
        event = json.loads(await self.connection.recv())
        self.check(event)
        self.events.append(event)
        return event

    async def until(self, kind: str) -> Event:
        while True:
            event = await self.next()
            if event["type"] == kind:
                return event
            assert event["type"] != "error", event

    async def configure(self, session: dict[str, Any] = MULAW_SESSION) -> Event:
        await self.send("session.update", session=session)
        return (await self.until("session.updated"))["session"]

    async def refused(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send an event that must be answered by an error; returns the inner error."""
        await self.send(kind, event_id="evt_at_fault", **fields)
        error = (await self.until("error"))["error"]
        assert error["event_id"] == "evt_at_fault"
        return error

    async def speak(self, audio: bytes, *, piece_ms: int = 20) -> None:
        size = piece_ms * mulaw.BYTES_PER_MS
        for start in range(0, len(audio), size):
            piece = base64.b64encode(audio[start : start + size]).decode()
            await self.send("input_audio_buffer.append", audio=piece)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]

    def audio(self, item_id: str | None = None) -> bytes:
        return b"".join(
            base64.b64decode(event["delta"])
            for event in self.of("response.output_audio.delta")
            if item_id in (None, event["item_id"])
        )


def silence(milliseconds: int) -> bytes:
    return bytes([mulaw.SILENCE]) * milliseconds * mulaw.BYTES_PER_MS


def utterance(
    text: str = "I would like a massage.", *, before: int = 500, after: int = 800
) -> bytes:
    """A caller's sentence between silences, in mu-law."""
    return silence(before) + CALLER.speak(text) + silence(after)


def server_vad(**fields: Any) -> dict[str, Any]:
    """Turn detection that a phone would have, with these fields different."""
    return {"type": "server_vad", "silence_duration_ms": 400, **fields}


def phone_session(detection: dict[str, Any] | None) -> dict[str, Any]:
    """A session in mu-law, with the default voice and without transcription."""
    heard = {"format": MULAW, "turn_detection": detection}
    return {"type": "realtime", "audio": {"input": heard, "output": {"format": MULAW}}}


@asynccontextmanager
async def connected(model: RealtimeSimulator, name: str = MODEL) -> AsyncGenerator[Client]:
    """A client whose `session.created` has come."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connect(f"{model.url}?model={name}", additional_headers=headers) as connection:
        client = Client(connection)
        assert (await client.next())["type"] == "session.created"
        yield client
