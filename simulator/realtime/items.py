"""The conversation as the service keeps it: items in order, with the audio that belongs to them."""

import base64
import copy
import json
from typing import Any

from simulator.realtime.audio import bytes_per_ms
from simulator.realtime.errors import RealtimeError

Item = dict[str, Any]
"""An item as it is on the wire."""


class Items:
    """The default conversation's items, oldest first."""

    def __init__(self) -> None:
        self.order: list[Item] = []
        self.audio: dict[str, bytearray] = {}
        self._bytes_per_ms: dict[str, int] = {}
        self.user_turns = 0

    @property
    def last_id(self) -> str | None:
        """The newest item's id; None in an empty conversation."""
        return self.order[-1]["id"] if self.order else None

    @property
    def has_assistant_audio(self) -> bool:
        """Whether the model has spoken, after which the voice is fixed."""
        return any(_is_spoken_answer(item) and self.audio.get(item["id"]) for item in self.order)

    def find(self, item_id: str, action: str) -> Item:
        """The item with this id; `action` is for the error when there is none."""
        for item in self.order:
            if item["id"] == item_id:
                return item
        message = f"Error {action} item: the item with id '{item_id}' does not exist."
        raise RealtimeError(f"item_{action}_invalid_item_id", message, "item_id")

    def append(self, item: Item, audio_format: dict[str, Any] | None = None) -> str | None:
        """Add at the end; returns the id of the item before it."""
        previous = self.last_id
        self.order.append(item)
        if audio_format is not None:
            self.audio[item["id"]] = bytearray()
            self._bytes_per_ms[item["id"]] = bytes_per_ms(audio_format)
        return previous

    def append_turn(
        self, item_id: str, audio: bytes, audio_format: dict[str, Any], *, spoken: bool
    ) -> Item:
        """Add a turn of the caller's, `spoken` or a silence; a transcript comes later, if ever."""
        item: Item = {
            "id": item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        self.append(item, audio_format)
        self.audio[item_id] += audio
        self.user_turns += spoken
        return item

    def insert(self, item: Item, previous_item_id: str | None) -> str | None:
        """Add a client's item after another one, or at the end; returns the id before it."""
        if any(other["id"] == item["id"] for other in self.order):
            message = f"Error adding item: an item with id '{item['id']}' already exists."
            raise RealtimeError("item_create_duplicate_item_id", message, "item.id")
        if item["type"] == "function_call_output":
            self._require_call(item["call_id"])
        index = self._index_after(previous_item_id)
        self.order.insert(index, item)
        return self.order[index - 1]["id"] if index else None

    def _require_call(self, call_id: str) -> None:
        if not any(
            item["type"] == "function_call" and item["call_id"] == call_id for item in self.order
        ):
            message = f"Tool call ID '{call_id}' not found in conversation."
            raise RealtimeError("invalid_tool_call_id", message, "item.call_id")

    def _index_after(self, previous_item_id: str | None) -> int:
        if previous_item_id is None:
            return len(self.order)
        if previous_item_id == "root":
            return 0
        for index, item in enumerate(self.order):
            if item["id"] == previous_item_id:
                return index + 1
        message = f"Error adding item: previous item '{previous_item_id}' does not exist."
        raise RealtimeError("item_create_invalid_previous_item_id", message, "previous_item_id")

    def add_audio(self, item_id: str, audio: bytes) -> None:
        """The model goes on speaking, perhaps in an item that was deleted meanwhile."""
        if item_id in self.audio:
            self.audio[item_id] += audio

    def delete(self, item_id: str) -> None:
        """Remove an item and its audio."""
        self.order.remove(self.find(item_id, "delete"))
        self.audio.pop(item_id, None)

    def retrieved(self, item_id: str) -> Item:
        """A copy of the item, with its audio in base64 where it has any."""
        item = copy.deepcopy(self.find(item_id, "retrieve"))
        audio = self.audio.get(item_id)
        if audio:
            item["content"][0]["audio"] = base64.b64encode(audio).decode()
        return item

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut an answer to what was heard; its transcript goes, for it says too much now."""
        item = self.find(item_id, "truncate")
        audio = self.audio.get(item_id)
        if not _is_spoken_answer(item) or not audio:
            raise RealtimeError(None, "Only model output audio messages can be truncated")
        if content_index != 0:
            message = f"Invalid value: {content_index}. The item has one content part."
            raise RealtimeError("invalid_value", message, "content_index")
        size = self._bytes_per_ms[item_id]
        length_ms = len(audio) // size
        if audio_end_ms > length_ms:
            message = f"Audio content of {length_ms}ms is already shorter than {audio_end_ms}ms"
            raise RealtimeError("invalid_value", message)
        del audio[audio_end_ms * size :]
        for part in item["content"]:
            part.pop("transcript", None)

    def audio_ms(self, item_id: str) -> float:
        """Length of an item's audio; 0 if it has none."""
        size = self._bytes_per_ms.get(item_id, 1)
        return len(self.audio.get(item_id, b"")) / size

    def function_outputs(self) -> list[Any]:
        """What the functions answered, parsed where it is JSON, newest last."""
        return [
            _parsed(item["output"]) for item in self.order if item["type"] == "function_call_output"
        ]


def _is_spoken_answer(item: Item) -> bool:
    return item["type"] == "message" and item["role"] == "assistant"


def _parsed(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return output
