"""Ids that are made at random: those of the capture, and what stands for them in the replay."""

import json
from typing import Any

from replay.captured import Message


class SameIds:
    """Pairs the items that we put into the conversation, in their order."""

    def __init__(self, captured: list[str]) -> None:
        """Begin with the ids of the capture."""
        self._captured = captured
        self._replayed: list[str] = []

    def sent(self, message: Message) -> None:
        """Note an item of ours."""
        if item_id := own_item(message):
            self._replayed.append(item_id)

    def translated(self, message: Message) -> Message:
        """What the model said, about the items of the replay."""
        text = json.dumps(message)
        for captured, replayed in zip(self._captured, self._replayed, strict=False):
            text = text.replace(json.dumps(captured), json.dumps(replayed))
        return json.loads(text)


def own_item(message: Message) -> str:
    """The id of the item that a message of ours makes; "" when it makes none."""
    if message.get("type") != "conversation.item.create":
        return ""
    item: dict[str, Any] = message.get("item", {})
    return str(item.get("id") or "")
