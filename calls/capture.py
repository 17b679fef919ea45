"""What goes over the wires of one call: the call only adds, and somebody else writes behind it.

A line of the file is one message, when it went by, and which way. Keys, tokens and signatures
are in the handshakes of the sockets, which are not captured.
"""

import base64
import json
import re
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

MOST_KEPT = 20_000
"""Messages in memory while nothing can be written: three minutes of a call."""

Way = Literal["in", "out", "closed"]
"""From the other side, to it, or its end."""

Tap = Callable[[Way, str], None]
"""Is shown every message of one wire."""

NAME = re.compile("[A-Za-z0-9-]{1,64}")

NOT_KEPT = "(not kept)"

BYTES = " bytes"
"""What stands behind the size of sound that is not kept."""

SOUND = {
    "media": "payload",
    "input_audio_buffer.append": "audio",
    "response.output_audio.delta": "delta",
}
"""Where a message has its sound, by its kind."""


def _now_ms() -> float:
    return time.monotonic() * 1000


class Capture:
    """The messages of one call.

    Attributes:
        call_sid: of the call; "" until its stream has begun.
        is_over: whether nothing is added any more.
        head: what a replay has to know besides.
        lost: how many messages had no room.
    """

    def __init__(
        self, head: dict[str, Any], *, audio: bool, now_ms: Callable[[], float] = _now_ms
    ) -> None:
        """Begin to capture.

        Args:
            head: what a replay has to know besides.
            audio: whether audio is kept; else only how much of it there was.
            now_ms: milliseconds of a monotonic clock.
        """
        self.call_sid = ""
        self.is_over = False
        self.lost = 0
        self.head = head | {"audio": audio, "begun_at": datetime.now(UTC).isoformat()}
        self._audio = audio
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._models = 0
        self._has_head = False
        # Filled by the call and emptied in a thread: a deque is safe for that.
        self._messages: deque[tuple[float, str, Way, str]] = deque()

    def line(self) -> Tap:
        """What is shown the messages of the line."""
        return self._tap("line")

    def model(self) -> Tap:
        """What is shown the messages of the next connection to the model."""
        self._models += 1
        return self._tap(f"model {self._models}")

    def _tap(self, wire: str) -> Tap:
        def tap(way: Way, text: str) -> None:
            if len(self._messages) < MOST_KEPT:
                self._messages.append((self._now_ms() - self._began_ms, wire, way, text))
            else:
                self.lost += 1

        return tap

    def name(self, call_sid: str) -> None:
        """The call's stream has begun; what is no id of a call is no name of a file either."""
        if NAME.fullmatch(call_sid):
            self.call_sid = call_sid

    def end(self) -> None:
        """Add nothing more."""
        self.is_over = True

    def rows(self) -> list[dict[str, Any]]:
        """What was added since the last time, as it is kept; takes its time."""
        rows: list[dict[str, Any]] = []
        while self._messages:
            at_ms, wire, way, text = self._messages.popleft()
            message = kept(text, audio=self._audio)
            rows.append({"at_ms": round(at_ms, 2), "wire": wire, "way": way, "message": message})
        return rows

    def write(self, path: Path) -> bool:
        """Write what there is, and say whether that was the last of it.

        Raises:
            OSError: it cannot be written.
        """
        is_over, rows = self.is_over, self.rows()
        if is_over and self.lost:
            rows.append({"lost": self.lost})
        if not self._has_head:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            rows.insert(0, self.head | {"call_sid": self.call_sid})
            self._has_head = True
        with path.open("a", encoding="utf-8") as file:
            file.writelines(
                json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
            )
        return is_over


def kept(text: str, *, audio: bool) -> Any:
    """A message as it is kept: without the standing orders, and perhaps without its sound."""
    try:
        parsed: Any = json.loads(text) if text else {}
    except ValueError:
        return {"unreadable": text[:200]}
    if not isinstance(parsed, dict):
        return {"unreadable": text[:200]}
    message = cast(dict[str, Any], parsed)
    if isinstance(message.get("session"), dict):
        _shorten(message["session"])
    if not audio and (sound := _sound(message)):
        holder, key = sound
        holder[key] = f"{len(holder[key]) * 3 // 4 - holder[key][-2:].count('=')}{BYTES}"
    return message


def sounding(message: dict[str, Any]) -> dict[str, Any]:
    """The same message, with silence where its sound was not kept."""
    if sound := _sound(message):
        holder, key = sound
        if holder[key].endswith(BYTES):
            silence = b"\xff" * int(holder[key].removesuffix(BYTES))
            holder[key] = base64.b64encode(silence).decode("ascii")
    return message


def _shorten(session: dict[str, Any]) -> None:
    """The prompt and the tools' words are the program's own, and long."""
    if "instructions" in session:
        session["instructions"] = NOT_KEPT
    tools = session.get("tools")
    if isinstance(tools, list):
        session["tools"] = [cast(dict[str, Any], tool).get("name") for tool in cast(Any, tools)]


def _sound(message: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """Where a message has its sound."""
    kind = str(message.get("event") or message.get("type"))
    holder: Any = message.get("media") if kind == "media" else message
    key = SOUND.get(kind, "")
    there = isinstance(holder, dict) and isinstance(cast(Any, holder).get(key), str)
    return (cast(dict[str, Any], holder), key) if there else None
