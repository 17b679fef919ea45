"""A capture, read again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

Message = dict[str, Any]


HEAD = ("call_sid", "facts", "settings", "begun_at", "audio")
"""What is at the head of every capture."""


class NoCapture(Exception):
    """The file cannot be replayed; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message that went by.

    Attributes:
        at_secs: when, since the call was expected.
        wire: `line`, or `model 1` and so on.
        way: `in`, `out` or `closed`.
        message: as it was kept.
    """

    at_secs: float
    wire: str
    way: str
    message: Message


@dataclass(frozen=True, slots=True)
class Captured:
    """A call that was captured.

    Attributes:
        head: what is known besides its messages.
        rows: the messages, in order.
    """

    head: dict[str, Any]
    rows: list[Row]

    def of(self, wire: str, way: str) -> list[Row]:
        """Those of one wire and one way."""
        return [row for row in self.rows if (row.wire, row.way) == (wire, way)]

    @property
    def wires(self) -> list[str]:
        """Every wire, in the order of their first messages."""
        return list(dict.fromkeys(row.wire for row in self.rows))

    @property
    def tool_results(self) -> dict[str, tuple[float, Any]]:
        """What each tool call was answered, and when."""
        results: dict[str, tuple[float, Any]] = {}
        for row in self.rows:
            item = row.message.get("item", {})
            if row.way == "out" and item.get("type") == "function_call_output":
                results.setdefault(item["call_id"], (row.at_secs, _output(item["output"])))
        return results


def _output(text: str) -> Any:
    """What a tool answered: JSON, or a word of Pipecat's for one that was cut off."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_captured(path: Path) -> Captured:
    """Read a file.

    Raises:
        NoCapture: it is none, or not whole.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        head, *rows = cast(list[dict[str, Any]], lines)
        if lost := [row for row in rows if "lost" in row]:
            raise NoCapture(f"{path} is not whole: {lost[0]['lost']} messages are lost")
        captured = Captured({key: head[key] for key in HEAD} | head, rows_of(rows))
    except OSError as error:
        raise NoCapture(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoCapture(f"{path} is no capture of a call: {error!r}") from error
    if not any("start" in row.message for row in captured.of("line", "in")):
        raise NoCapture(f"{path} has no call: its stream never began")
    return captured


def rows_of(rows: list[dict[str, Any]]) -> list[Row]:
    """What a capture has written."""
    return [Row(row["at_ms"] / 1000, row["wire"], row["way"], row["message"]) for row in rows]
