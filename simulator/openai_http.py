"""Plays the three requests of OpenAI's HTTP API that a cascade makes: hear, think, speak.

async with OpenAIHttp(stage) as openai:
    start_a_product(OPENAI_BASE_URL=openai.url)

Answers are built with the `openai` package's own types, so they are what its client reads.
"""

import asyncio
import io
import json
import secrets
import time
import wave
from collections.abc import AsyncGenerator, Callable, Iterable
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none
from openai.types.audio import Transcription
from openai.types.chat import ChatCompletionChunk
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator import mulaw
from simulator.realtime.agent import Agent, CallTool, Conversation, Fail, Output, Say
from simulator.serving import LocalServer
from simulator.speech import AGENT

PCM_RATE = 24_000
"""What `response_format: pcm` gives, whatever the caller's line is: 16-bit mono."""

LONGEST_INPUT = 4096
"""Characters that may be spoken in one request."""


class HttpError(Exception):
    """A refusal in the form of the API's errors."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        """Refuse.

        Args:
            status: of HTTP.
            message: what is wrong.
            param: which parameter.
        """
        super().__init__(message)
        self.status, self.param = status, param


class OpenAIHttp:
    """An async context manager that serves while it is entered.

    Attributes:
        url: the base URL, to stand for `https://api.openai.com/v1`.
        refused: what was refused, as sentences.
    """

    def __init__(self, agent: Callable[[], Agent]) -> None:
        """Prepare a server.

        Args:
            agent: gives who thinks, asked for at every request.
        """
        self.url = ""
        self.refused: list[str] = []
        self._agent = agent
        self._heard = 0
        routes = [
            Route("/v1/audio/transcriptions", self._hear, methods=["POST"]),
            Route("/v1/chat/completions", self._think, methods=["POST"]),
            Route("/v1/audio/speech", self._speak, methods=["POST"]),
        ]
        app = Starlette(routes=routes, exception_handlers={HttpError: self._refuse})
        self._server = LocalServer(app)

    async def __aenter__(self) -> Self:
        """Listen."""
        self.url = f"{self._server.start()}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self._server.stop()

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HttpError)  # noqa: S101  that is what it is registered for
        self.refused.append(f"{request.url.path}: {error}")
        details = {"message": str(error), "type": "invalid_request_error", "param": error.param}
        return JSONResponse({"error": details | {"code": None}}, error.status)

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

    async def _think(self, request: Request) -> Response:
        _check_key(request)
        asked = await _json(request, "model", "messages")
        if asked.get("stream") is not True:
            raise HttpError(400, "This stand-in only streams.", "stream")
        outputs = await self._agent().respond(_conversation(asked))
        return StreamingResponse(_chunks(asked["model"], outputs), media_type="text/event-stream")

    async def _speak(self, request: Request) -> Response:
        _check_key(request)
        asked = await _json(request, "model", "input", "voice")
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


async def _json(request: Request, *required: str) -> dict[str, Any]:
    try:
        asked: object = await request.json()
    except ValueError as error:
        raise HttpError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(asked, dict):
        raise HttpError(400, "The body is not an object.")
    body = cast(dict[str, Any], asked)
    for name in required:
        if not body.get(name):
            raise HttpError(400, f"Missing required parameter: '{name}'.", name)
    return body


def _conversation(asked: dict[str, Any]) -> Conversation:
    """The messages as the items that an agent reads.

    Raises:
        HttpError: a tool's answer belongs to no call before it, or a call has none.
    """
    items: list[dict[str, Any]] = []
    outputs: list[Any] = []
    open_calls: list[str] = []
    for message in asked["messages"]:
        if open_calls and message["role"] != "tool":
            raise HttpError(
                400,
                "An assistant message with 'tool_calls' must be followed by tool messages "
                f"responding to each 'tool_call_id': {open_calls}",
                "messages",
            )
        for call in message.get("tool_calls") or ():
            open_calls.append(call["id"])
            items.append({"type": "function_call", "call_id": call["id"], **call["function"]})
        if message["role"] != "tool":
            continue
        if message["tool_call_id"] not in open_calls:
            raise HttpError(400, "messages with role 'tool' must follow 'tool_calls'", "messages")
        open_calls.remove(message["tool_call_id"])
        items.append({"type": "function_call_output", "call_id": message["tool_call_id"]})
        outputs.append(_parsed(message["content"]))
    turns = sum(message["role"] == "user" for message in asked["messages"])
    return Conversation(asked, items, turns, outputs)


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


async def _chunks(model: str, outputs: Iterable[Output]) -> AsyncGenerator[str]:
    head = {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "created": int(time.time()),
        "model": model,
        "object": "chat.completion.chunk",
    }

    def event(delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = ChatCompletionChunk.model_validate(head | {"choices": [choice]})
        return f"data: {chunk.model_dump_json(exclude_unset=True)}\n\n"

    calls = 0
    for output in outputs:
        match output:
            case Say(text=text):
                for word in text.split(" "):
                    yield event({"role": "assistant", "content": word + " "})
            case CallTool():
                yield event({"tool_calls": [_call(output, calls)]})
                calls += 1
            case Fail():
                return
    yield event({}, "tool_calls" if calls else "stop")
    yield "data: [DONE]\n\n"


def _call(call: CallTool, index: int) -> dict[str, Any]:
    given = call.arguments
    arguments = given if isinstance(given, str) else json.dumps(given)
    return {
        "index": index,
        "id": call.call_id or f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
