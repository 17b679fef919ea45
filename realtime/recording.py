"""A fixed greeting as audio: said once by the model, word for word, and kept on disk."""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loguru import logger
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from calls.entries import Tokens
from realtime.connection import ModelUnreachable
from realtime.errors import UNREADABLE
from realtime.pricing import response_tokens
from realtime.session import FORMATS, SessionOptions, build_session

ATTEMPTS = 3
"""A model that has changed the words so often will do it again."""

RECORD_SECS = 30.0
"""Far longer than a greeting takes to make."""

_MULAW = FORMATS["g711_ulaw"]


class RecordingFailed(Exception):
    """The model did not say the text, or not word for word."""


@dataclass(frozen=True)
class Recording:
    """A text as audio.

    Attributes:
        text: the words.
        mulaw: how they sound, at 8 kHz.
    """

    text: str
    mulaw: bytes


class Recorder:
    """Has a text recorded in the model's voice; `recording` is None until that is done.

    Attributes:
        recording: of the text in this voice of this model.
    """

    def __init__(
        self,
        text: str,
        folder: Path,
        connect: Callable[[], Awaitable[ClientConnection]],
        options: SessionOptions,
        model: str,
        spent: Callable[[Tokens], None],
    ) -> None:
        """Take what was recorded before.

        Args:
            text: the words.
            folder: where recordings are kept; made when it is missing.
            connect: gives a socket to the model; raises ModelUnreachable.
            options: of the calls, whose voice and speed it gets.
            model: of the connection.
            spent: is told what each attempt took.
        """
        self._spent = spent
        self._text = text
        self._connect = connect
        self._session = build_session(
            options.model_copy(update={"tool_choice": "none"}),
            model=model,
            instructions="You lend your voice to announcements: you say them word for word.",
            tools=[],
        )
        voice = json.dumps([text, model, options.voice, options.speed])
        self._path = folder / f"{hashlib.sha256(voice.encode()).hexdigest()[:32]}.ulaw"
        kept = self._path.is_file()
        self.recording = Recording(text, self._path.read_bytes()) if kept else None

    async def record(self) -> None:
        """Have the text recorded, unless it is; what does not succeed is one warning."""
        if self.recording is not None:
            return
        try:
            self.recording = Recording(self._text, await self._recorded())
        except (ModelUnreachable, RecordingFailed) as error:
            logger.warning("Greeting is not exact but the model's own, not recorded: {}", error)
            return
        logger.info("Greeting recorded, {} ms", len(self.recording.mulaw) // 8)
        try:
            self._keep(self.recording.mulaw)
        except OSError as error:
            logger.warning("Greeting is recorded anew at every start, it cannot be kept: {}", error)

    async def _recorded(self) -> bytes:
        """The text in mu-law.

        Raises:
            ModelUnreachable: there is no model to say it.
            RecordingFailed: it said something else, each time.
        """
        reason = ""
        for _ in range(ATTEMPTS):
            connection = await self._connect()
            try:
                async with asyncio.timeout(RECORD_SECS):
                    return await self._take(connection)
            except (RecordingFailed, ConnectionClosed, TimeoutError, *UNREADABLE) as error:
                reason = f"{type(error).__name__}: {error}"
            finally:
                await connection.close()
        raise RecordingFailed(reason)

    async def _take(self, connection: ClientConnection) -> bytes:
        """One attempt on a fresh socket."""
        order = f'Say exactly this, word for word, and nothing else: "{self._text}"'
        for event in (
            {"type": "session.update", "session": self._session},
            {"type": "response.create", "response": {"instructions": order}},
        ):
            await connection.send(json.dumps(event))
        mulaw, transcript = bytearray(), ""
        while True:
            event: dict[str, Any] = json.loads(await connection.recv())
            match event["type"]:
                case "response.created" if _format(event) != _MULAW:
                    raise RecordingFailed(f"it is not mu-law but {_format(event)}")
                case "response.output_audio.delta":
                    mulaw += base64.b64decode(event["delta"])
                case "response.output_audio_transcript.done":
                    transcript += event["transcript"]
                case "error":
                    raise RecordingFailed(f"the model refused: {event['error']['code']}")
                case "response.done":
                    self._spent(response_tokens(event["response"].get("usage") or {}))
                    self._check(event["response"]["status"], transcript, mulaw)
                    return bytes(mulaw)
                case _:
                    pass

    def _check(self, status: str, transcript: str, mulaw: bytearray) -> None:
        if status != "completed":
            raise RecordingFailed(f"the response was {status}")
        if not mulaw:
            raise RecordingFailed("the model made no sound")
        if _words(transcript) != _words(self._text):
            raise RecordingFailed("the model said other words")

    def _keep(self, mulaw: bytes) -> None:
        """Write the file at once and whole: another process may be reading it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        unfinished.write_bytes(mulaw)
        unfinished.replace(self._path)


def _format(event: dict[str, Any]) -> Any:
    return event["response"]["audio"]["output"]["format"]


def _words(text: str) -> list[str]:
    """The words alone: a transcript has its own mind about commas and capitals."""
    return re.findall(r"[^\W_]+", re.sub("['\u2019]", "", text.casefold()))
