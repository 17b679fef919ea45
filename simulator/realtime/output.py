"""Output items of a response: spoken or written messages and function calls, piece by piece."""

import asyncio
import base64
import json
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import Any

from simulator.realtime.agent import CallTool, Say
from simulator.realtime.audio import bytes_per_ms
from simulator.realtime.items import Item, Items
from simulator.realtime.tokens import Budget
from simulator.realtime.wire import Wire

_SHORTEST_DELTA_MS, _LONGEST_DELTA_MS = 200, 400
_TEXT_LEAD = 1.3
"""How much further the transcript is than the audio."""

_FRAGMENT_PAUSE_MS = 20
"""Time between fragments of text or arguments, at normal speed."""


@dataclass(frozen=True)
class Place:
    """Where an output item belongs and what it may use."""

    wire: Wire
    items: Items
    budget: Budget
    response_id: str
    output_index: int
    in_band: bool
    item_done_first: bool


@dataclass(frozen=True)
class Step:
    """What is sent at once; `pause_ms` is the time until the next, at normal speed."""

    texts: list[str]
    audio: bytes = b""
    pause_ms: float = _FRAGMENT_PAUSE_MS


class OutputItem(ABC):
    """What both kinds have in common: open, send step by step, close at any point."""

    steps: deque[Step]

    def __init__(self, place: Place, item: Item, audio_format: dict[str, Any] | None) -> None:
        self.item: Item = {
            "id": place.wire.new_id("item"),
            "object": "realtime.item",
            "status": "in_progress",
            **item,
        }
        self._place = place
        self._format = audio_format

    def open(self) -> None:
        """Announce the item, in the response and in the conversation."""
        place = self._place
        previous = place.items.append(self.item, self._format)
        self._emit_item("response.output_item.added")
        if place.in_band:
            place.wire.emit("conversation.item.added", previous_item_id=previous, item=self.item)
        self._previous = previous

    async def stream(self, speed_factor: float) -> None:
        """Send all steps, so many times faster than they play."""
        while self.steps:
            pause_ms = self.send_next()
            if self.steps:
                await asyncio.sleep(pause_ms / 1000 / speed_factor)

    @abstractmethod
    def send_next(self) -> float:
        """Send one step; returns the milliseconds that it plays."""

    def close(self, status: str) -> None:
        """Say that the item is over, with what was produced until now."""
        self.item["status"] = status
        place = self._place

        def conversation_done() -> None:
            if place.in_band:
                place.wire.emit(
                    "conversation.item.done", previous_item_id=self._previous, item=self.item
                )

        if place.item_done_first:
            conversation_done()
        self._emit_item("response.output_item.done")
        if not place.item_done_first:
            conversation_done()

    def _emit_item(self, kind: str) -> None:
        place = self._place
        place.wire.emit(
            kind, response_id=place.response_id, output_index=place.output_index, item=self.item
        )

    def _emit(self, kind: str, **fields: Any) -> None:
        place = self._place
        place.wire.emit(
            kind,
            response_id=place.response_id,
            item_id=self.item["id"],
            output_index=place.output_index,
            **fields,
        )


class Message(OutputItem):
    """An assistant message; written when there is no audio format, else spoken."""

    def __init__(
        self, place: Place, say: Say, audio: bytes, audio_format: dict[str, Any] | None
    ) -> None:
        item: Item = {"type": "message", "role": "assistant", "content": []}
        super().__init__(place, item, audio_format)
        self._text = ""
        if audio_format is None:
            self._part, self._field, self._events = "text", "text", "response.output_text"
            self.steps = deque(Step([word]) for word in _words(say.text))
        else:
            self._part, self._field = "audio", "transcript"
            self._events = "response.output_audio_transcript"
            self.steps = deque(self._spoken_steps(say.text, audio, bytes_per_ms(audio_format)))

    def _spoken_steps(self, text: str, audio: bytes, size: int) -> list[Step]:
        words = deque(_words(text))
        count, said, position = len(words), 0, 0
        steps: list[Step] = []
        while position < len(audio):
            length_ms = self._place.wire.choices.randint(_SHORTEST_DELTA_MS, _LONGEST_DELTA_MS)
            piece = audio[position : position + length_ms * size]
            position += len(piece)
            target = min(count, round(count * _TEXT_LEAD * position / len(audio)))
            ahead = [words.popleft() for _ in range(max(0, target - said))]
            said += len(ahead)
            steps.append(Step(ahead, piece, len(piece) / size))
        # A message without sound still has its words.
        return steps if steps else [Step(list(words))]

    def open(self) -> None:
        """Announce the item and its content part."""
        super().open()
        part = {"type": self._part, self._field: ""}
        self._emit("response.content_part.added", content_index=0, part=part)
        self.item["content"] = [{"type": f"output_{self._part}", self._field: ""}]

    def send_next(self) -> float:
        """Send words and then the sound of one step."""
        step = self.steps[0]
        playing_ms = step.pause_ms if step.audio else 0.0
        self._place.budget.spend(text="".join(step.texts), audio_ms=playing_ms)
        self.steps.popleft()
        for text in step.texts:
            self._text += text
            self._emit(f"{self._events}.delta", content_index=0, delta=text)
        if step.audio:
            self._place.items.add_audio(self.item["id"], step.audio)
            delta = base64.b64encode(step.audio).decode()
            self._emit("response.output_audio.delta", content_index=0, delta=delta)
        # Never put back what a truncation took away.
        if self._field in self.item["content"][0]:
            self.item["content"][0][self._field] = self._text
        return step.pause_ms

    def close(self, status: str) -> None:
        """Close the content part, then the item."""
        if self._format is not None:
            self._emit("response.output_audio.done", content_index=0)
        self._emit(f"{self._events}.done", content_index=0, **{self._field: self._text})
        part = {"type": self._part, self._field: self._text}
        self._emit("response.content_part.done", content_index=0, part=part)
        super().close(status)


class FunctionCall(OutputItem):
    """A function call; its arguments are a JSON string, cut anywhere."""

    def __init__(self, place: Place, call: CallTool) -> None:
        call_id = call.call_id or place.wire.new_id("call")
        item = {"type": "function_call", "name": call.name, "call_id": call_id, "arguments": ""}
        super().__init__(place, item, None)
        text = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
        self.steps = deque[Step]()
        while text:
            size = place.wire.choices.randint(4, 12)
            self.steps.append(Step([text[:size]]))
            text = text[size:]

    def send_next(self) -> float:
        """Send one fragment of the arguments."""
        step = self.steps[0]
        fragment = "".join(step.texts)
        self._place.budget.spend(text=fragment)
        self.steps.popleft()
        self.item["arguments"] += fragment
        call_id = self.item["call_id"]
        self._emit("response.function_call_arguments.delta", call_id=call_id, delta=fragment)
        return step.pause_ms

    def close(self, status: str) -> None:
        """Give the arguments as far as they came, complete or not."""
        self._emit(
            "response.function_call_arguments.done",
            call_id=self.item["call_id"],
            name=self.item["name"],
            arguments=self.item["arguments"],
        )
        super().close(status)


def _words(text: str) -> list[str]:
    """The text cut before each space, so that the pieces add up to it."""
    words = text.split(" ")
    return [words[0]] + [f" {word}" for word in words[1:]] if text else []
