"""One response, from `response.created` to `response.done`, which always comes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simulator.realtime.agent import Agent, CallTool, Conversation, Fail, Output, Say
from simulator.realtime.audio import from_mulaw
from simulator.realtime.items import Item, Items
from simulator.realtime.knobs import Knobs
from simulator.realtime.output import FunctionCall, Message, OutputItem, Place
from simulator.realtime.settings import Settings, merged
from simulator.realtime.tokens import Budget, Meter, OutOfTokensError
from simulator.realtime.wire import Wire
from simulator.speech import AGENT

_OVERRIDES = (
    "output_modalities",
    "instructions",
    "audio",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "max_output_tokens",
)
"""Session fields that `response.create` may set for one response."""

_TOKEN_LIMIT = 40000


@dataclass
class Circumstances:
    """What every response of a session shares."""

    wire: Wire
    knobs: Knobs
    agent: Agent
    settings: Settings
    items: Items
    meter: Meter
    conversation_id: str
    failures: list[Exception]

    def announce(self, item: Item, previous_item_id: str | None) -> None:
        """Say that an item which is complete from the start is in the conversation."""
        for kind in ("conversation.item.added", "conversation.item.done"):
            self.wire.emit(kind, previous_item_id=previous_item_id, item=item)


class Response:
    """Asks the agent what to say and sends it, until it is done or cancelled."""

    def __init__(self, around: Circumstances, request: dict[str, Any], visible: list[Item]) -> None:
        self.id = around.wire.new_id("resp")
        self.in_band = request.get("conversation") != "none"
        self.audio_ms = 0.0
        self.after_first_delta: list[Callable[[], None]] = []
        self.after_done: list[Callable[[], None]] = []
        self._around = around
        self._request = request
        self._visible = visible
        self._settings = merged(
            around.settings, {k: request[k] for k in _OVERRIDES if k in request}
        )
        self._store = around.items if self.in_band else Items()
        self._budget = Budget(self._settings["max_output_tokens"])
        self._output: list[OutputItem] = []
        self._current: OutputItem | None = None
        self._finished = False
        self._item_done_first = around.wire.maybe()
        self._rate_limits_first = around.wire.maybe()
        self._task: asyncio.Task[None] | None = None

    def announce(self) -> None:
        """Say that the response exists."""
        self._around.wire.emit("response.created", response=self._body("in_progress"))

    def start(self) -> asyncio.Task[None]:
        """Announce the response and begin to produce it."""
        self.announce()
        if self._rate_limits_first:
            self._emit_rate_limits()
        self._task = asyncio.create_task(self._produce())
        return self._task

    def cancel(self, reason: str, stray_deltas: int = 0) -> None:
        """End it now, after some last deltas that were already on their way."""
        if self._task is not None:
            self._task.cancel()
        with suppress(OutOfTokensError):
            for _ in range(stray_deltas):
                self._send_stray()
        self._finish("cancelled", {"type": "cancelled", "reason": reason})

    def _send_stray(self) -> None:
        if self._current is not None and self._current.steps:
            self._current.send_next()

    async def _produce(self) -> None:
        loop = asyncio.get_running_loop()
        begin_at = loop.time() + self._around.knobs.first_audio_ms / 1000
        try:
            for output in await self._around.agent.respond(self._conversation()):
                await self._stream(output, begin_at)
        except _BrokenDownError as error:
            self._finish("failed", {"type": "failed", "error": error.body})
        except OutOfTokensError:
            self._finish("incomplete", {"type": "incomplete", "reason": "max_output_tokens"})
        except Exception as error:
            # A bug of the agent's: the protocol goes on, the simulator raises it at its end.
            self._around.failures.append(error)
            self._finish("failed", {"type": "failed", "error": _error_of(Fail())})
        else:
            self._finish("completed", None)

    def _conversation(self) -> Conversation:
        return Conversation(
            session=self._settings,
            items=list(self._visible),
            user_turns=self._around.items.user_turns,
            function_outputs=self._around.items.function_outputs(),
            response_instructions=self._request.get("instructions"),
            metadata=self._request.get("metadata"),
        )

    async def _stream(self, output: Output, begin_at: float) -> None:
        if isinstance(output, Fail):
            raise _BrokenDownError(_error_of(output))
        if isinstance(output, CallTool) and self._settings["tool_choice"] == "none":
            return
        item = await self._item(output)
        await asyncio.sleep(max(0.0, begin_at - asyncio.get_running_loop().time()))
        item.open()
        self._output.append(item)
        self._current = item
        if item.steps:
            item.send_next()
            self._run(self.after_first_delta)
        await item.stream(self._around.knobs.speed_factor)
        self._close_current("completed")

    def next_place(self) -> Place:
        """Where the next output item goes."""
        return Place(
            wire=self._around.wire,
            items=self._store,
            budget=self._budget,
            response_id=self.id,
            output_index=len(self._output),
            in_band=self.in_band,
            item_done_first=self._item_done_first,
        )

    async def _item(self, output: Say | CallTool) -> OutputItem:
        place = self.next_place()
        if isinstance(output, CallTool):
            return FunctionCall(place, output)
        if self._settings["output_modalities"] == ["text"]:
            return Message(place, output, b"", None)
        audio_format = self._settings["audio"]["output"]["format"]
        audio = await asyncio.to_thread(self._speak, output, audio_format)
        return Message(place, output, audio, audio_format)

    def _speak(self, say: Say, audio_format: dict[str, Any]) -> bytes:
        pace = self._settings["audio"]["output"]["speed"]
        audio = AGENT.speak(say.text, pace=pace) if say.audio is None else say.audio
        return from_mulaw(audio, audio_format)

    def _close_current(self, status: str) -> None:
        if self._current is not None:
            self._current.close(status)
            self.audio_ms += self._store.audio_ms(self._current.item["id"])
            self._current = None

    def _finish(self, status: str, details: dict[str, Any] | None) -> None:
        if self._finished:
            return
        self._finished = True
        self._close_current("incomplete")
        around = self._around
        body = self._body(status)
        body["status_details"] = details
        body["output"] = [item.item for item in self._output]
        if status != "failed":
            body["usage"] = around.meter.usage(
                self._settings, self._visible, around.items, self._budget
            )
        around.wire.emit("response.done", response=body)
        if not self._rate_limits_first:
            self._emit_rate_limits()
        self._run(self.after_first_delta)
        self._run(self.after_done)

    @staticmethod
    def _run(callbacks: list[Callable[[], None]]) -> None:
        while callbacks:
            callbacks.pop(0)()

    def _body(self, status: str) -> dict[str, Any]:
        output = self._settings["audio"]["output"]
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": None,
            "output": [],
            "conversation_id": self._around.conversation_id if self.in_band else None,
            "output_modalities": self._settings["output_modalities"],
            "max_output_tokens": self._settings["max_output_tokens"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
            "usage": None,
            "metadata": self._request.get("metadata"),
        }

    def _emit_rate_limits(self) -> None:
        used = self._budget.text + self._budget.audio
        tokens = {
            "name": "tokens",
            "limit": _TOKEN_LIMIT,
            "remaining": _TOKEN_LIMIT - used,
            "reset_seconds": round(used / 667, 3),
        }
        self._around.wire.emit("rate_limits.updated", rate_limits=[tokens])


class _BrokenDownError(Exception):
    """The agent said that the model fails here."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body["message"])
        self.body = body


def _error_of(fail: Fail) -> dict[str, Any]:
    return {"type": fail.type, "code": fail.code, "message": fail.message}
