"""Plays the three requests of OpenAI's HTTP API that a cascade makes: hear, think, speak.

async with OpenAIHttp(stage) as openai:
    start_a_product(OPENAI_BASE_URL=openai.url)

Answers are built with the `openai` package's own types, so they are what its client reads.
"""

import asyncio
import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none
from openai.types.audio import Transcription
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import mulaw
from simulator.chat import ChatServer, HttpError, read_body
from simulator.realtime.agent import Agent
from simulator.speech import AGENT

PCM_RATE = 24_000
"""What `response_format: pcm` gives, whatever the caller's line is: 16-bit mono."""

LONGEST_INPUT = 4096
"""Characters that may be spoken in one request."""


class OpenAIHttp(ChatServer):
    """An async context manager that serves while it is entered.

    Its `url` stands for `https://api.openai.com/v1`.
    """

    def __init__(self, agent: Callable[[], Agent]) -> None:
        """Prepare a server.

        Args:
            agent: gives who thinks, asked for at every request.
        """
        self._heard = 0
        routes = [
            Route("/v1/audio/transcriptions", self._hear, methods=["POST"]),
            Route("/v1/audio/speech", self._speak, methods=["POST"]),
        ]
        super().__init__(agent, routes)

    def check(self, request: Request, asked: dict[str, Any]) -> None:
        """Refuse whoever has no key."""
        _check_key(request)

    async def _hear(self, request: Request) -> Response:
        _check_key(request)
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not form.get("model"):
                raise HttpError(400, "file and model are required", "file")
            _check_audio(await file.read())
        words = self._agent().transcribe(self._heard) or ""
        # A breath within a sentence makes a request of its own, in which nothing is said.
        self._heard += bool(words)
        return JSONResponse(Transcription(text=words).model_dump(exclude_none=True))

    async def _speak(self, request: Request) -> Response:
        _check_key(request)
        asked = await read_body(request, "model", "input", "voice")
        if len(asked["input"]) > LONGEST_INPUT:
            raise HttpError(400, f"input is longer than {LONGEST_INPUT} characters", "input")
        if asked.get("response_format") != "pcm":
            raise HttpError(400, "This stand-in only makes pcm.", "response_format")
        spoken = await asyncio.to_thread(AGENT.speak, asked["input"])
        samples = np.frombuffer(mulaw.decode(spoken), dtype=np.int16)
        pcm = soxr.resample(samples, mulaw.SAMPLE_RATE, PCM_RATE)
        return Response(pcm.astype(np.int16).tobytes(), media_type="audio/pcm")


def _check_key(request: Request) -> None:
    if not request.headers.get("authorization", "").startswith("Bearer sk-"):
        raise HttpError(401, "Incorrect API key provided.")


def _check_audio(content: bytes) -> None:
    try:
        with wave.open(io.BytesIO(content)) as audio:
            frames = audio.getnframes()
    except (wave.Error, EOFError) as error:
        raise HttpError(400, f"Audio file might be corrupted: {error}", "file") from error
    if not frames:
        raise HttpError(400, "Audio file is too short.", "file")
