"""What differs in what we sent, wire by wire. Pure."""

import json
from collections.abc import Iterator
from difflib import unified_diff
from typing import Any, cast

from calls.capture import BYTES
from replay.captured import Captured, Message
from replay.same_ids import own_item

HEARD = "input_audio_buffer.append"

SLACK_BYTES = 8000
"""A second of the caller's audio: so much more may pass while a call is being ended."""

SLACK_MS = 20
"""Of a truncation: a frame of the line, and what our own work takes, which is no virtual time."""


def differences(captured: Captured, replayed: Captured) -> list[str]:
    """Lines as of `diff`: `-` was sent in the capture and is not any more, `+` is new."""
    found: list[str] = []
    for wire in dict.fromkeys([*captured.wires, *replayed.wires]):
        before, now = _sent(captured, wire), _sent(replayed, wire)
        _forgive(before, now)
        told = [f"{wire}: captured", f"{wire}: replayed"]
        found += unified_diff(_lines(before), _lines(now), *told, lineterm="", n=1)
        heard = [sum(_sizes(one, wire)) for one in (captured, replayed)]
        if abs(heard[0] - heard[1]) > SLACK_BYTES:
            found.append(f"{wire}: the model heard {heard[0]} bytes, and now {heard[1]}")
    return found


def _sent(one: Captured, wire: str) -> list[Message]:
    """The messages that were sent on a wire, without what is different every time."""
    names: dict[str, str] = {}
    messages: list[Message] = []
    for row in one.rows:
        if row.way != "out":
            continue
        # Items are made on one connection, and may be named on another.
        if item_id := own_item(row.message):
            names.setdefault(item_id, f"item {len(names) + 1}")
        if row.wire == wire and row.message.get("type") != HEARD:
            known = {key: value for key, value in row.message.items() if key != "event_id"}
            messages.append(_renamed(known, names))
    return messages


def _forgive(before: list[Message], now: list[Message]) -> None:
    """Let a truncation be the same that is off by no more than the line can tell."""
    pairs = zip(_truncations(before), _truncations(now), strict=False)
    for captured, replayed in pairs:
        if abs(captured["audio_end_ms"] - replayed["audio_end_ms"]) <= SLACK_MS:
            replayed["audio_end_ms"] = captured["audio_end_ms"]


def _truncations(messages: list[Message]) -> list[Message]:
    return [each for each in messages if each.get("type") == "conversation.item.truncate"]


def _lines(messages: list[Message]) -> list[str]:
    return [json.dumps(each, sort_keys=True, ensure_ascii=False) for each in messages]


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        pairs = cast(dict[str, Any], value).items()
        return {key: _renamed(inner, names) for key, inner in pairs}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in cast(list[Any], value)]
    return names.get(value, value) if isinstance(value, str) else value


def _sizes(one: Captured, wire: str) -> Iterator[int]:
    for row in one.of(wire, "out"):
        audio = row.message.get("audio")
        if row.message.get("type") == HEARD and isinstance(audio, str):
            left_out = audio.endswith(BYTES)
            yield int(audio.removesuffix(BYTES)) if left_out else len(audio) * 3 // 4
