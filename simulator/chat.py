"""The wire of chat completions: what OpenAI made, and Ollama and others speak too."""

import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self, cast

from openai.types.chat import ChatCompletionChunk
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator.realtime.agent import Agent, CallTool, Conversation, Fail, Output, Say
from simulator.realtime.tokens import text_tokens_of
from simulator.serving import LocalServer


class HttpError(Exception):
    """A refusal in the form of the API's errors."""

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        """Refuse.

        Args:
            status: of HTTP.
            message: what is wrong.
            param: which parameter.
            kind: the family of the error.
        """
        super().__init__(message)
        self.status, self.param, self.kind = status, param, kind


class ChatServer:
    """Thinks aloud on a port of this machine while it is entered.

    Attributes:
        url: the base URL, which ends with `/v1`.
        refused: what was refused, as sentences.
        traits: what every event says beside the answer.
    """

    traits: ClassVar[dict[str, Any]] = {}

    def __init__(self, agent: Callable[[], Agent], routes: Sequence[Route] = ()) -> None:
        """Prepare a server.

        Args:
            agent: gives who thinks, asked for at every request.
            routes: what it does beside thinking.
        """
        self.url = ""
        self.refused: list[str] = []
        self._agent = agent
        think = Route("/v1/chat/completions", self._think, methods=["POST"])
        app = Starlette(routes=[think, *routes], exception_handlers={HttpError: self._refuse})
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
        details = {"message": str(error), "type": error.kind, "param": error.param}
        return JSONResponse({"error": details | {"code": None}}, error.status)

    def check(self, request: Request, asked: dict[str, Any]) -> None:
        """Refuse what this service does not answer, with an HttpError."""

    async def _think(self, request: Request) -> Response:
        asked = await read_body(request, "model", "messages")
        self.check(request, asked)
        if asked.get("stream") is not True:
            raise HttpError(400, "This stand-in only streams.", "stream")
        outputs = await self._agent().respond(_conversation(asked))
        events = _chunks(asked, outputs, self.traits)
        return StreamingResponse(events, media_type="text/event-stream")


async def read_body(request: Request, *required: str) -> dict[str, Any]:
    """The body of a request.

    Raises:
        HttpError: it is no JSON object, or lacks something.
    """
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


async def _chunks(
    asked: dict[str, Any], outputs: Iterable[Output], traits: dict[str, Any]
) -> AsyncGenerator[str]:
    head = traits | {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "created": int(time.time()),
        "model": asked["model"],
        "object": "chat.completion.chunk",
    }

    def event(delta: dict[str, Any], reason: str | None = None) -> str:
        return _event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

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
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield _event(head | {"choices": [], "usage": _usage(asked, outputs)})
    yield "data: [DONE]\n\n"


def _event(chunk: dict[str, Any]) -> str:
    checked = ChatCompletionChunk.model_validate(chunk)
    return f"data: {checked.model_dump_json(exclude_unset=True)}\n\n"


def _usage(asked: dict[str, Any], outputs: Iterable[Output]) -> dict[str, int]:
    """About how many tokens went in and came out."""
    taken = text_tokens_of(json.dumps([asked["messages"], asked.get("tools")]))
    given = sum(text_tokens_of(str(output)) for output in outputs)
    return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}


def _call(call: CallTool, index: int) -> dict[str, Any]:
    given = call.arguments
    arguments = given if isinstance(given, str) else json.dumps(given)
    return {
        "index": index,
        "id": call.call_id or f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
