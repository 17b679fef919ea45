"""The recording of one call: the call only adds, and somebody else writes behind it."""

import base64
import time
from binascii import Error as NotBase64
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from calls.stereo import Stereo
from calls.wav import HEAD_BYTES, wav_head

MOST_PIECES = 6000
"""What is kept while nothing can be written: two minutes."""

HELD_BACK_MS = 3000.0
"""So late the caller's audio may come after a hiccup of the line and still have its place."""

Piece = tuple[Literal["caller", "agent", "clear"], float, str, float]
"""What happened, when, base64 of mu-law, and the line's timestamp."""


def _now_ms() -> float:
    return time.monotonic() * 1000


class Tape:
    """Both sides of a call, on their way into a file.

    Attributes:
        call_sid: of the call.
        is_over: whether nothing is added any more.
        lost: how many pieces had no room.
    """

    def __init__(self, call_sid: str, now_ms: Callable[[], float] = _now_ms) -> None:
        """Begin with the stream.

        Args:
            call_sid: of the call.
            now_ms: milliseconds of a monotonic clock.
        """
        self.call_sid = call_sid
        self.is_over = False
        self.lost = 0
        self._now_ms = now_ms
        self._stereo = Stereo(now_ms())
        # Filled by the call and emptied in a thread: a deque is safe for that.
        self._pieces: deque[Piece] = deque()
        self._sound_bytes = 0
        self._ended_at_ms = 0.0

    def caller(self, payload: str, timestamp_ms: float) -> None:
        """Add what the caller said: base64 of mu-law, and when it began in the stream."""
        self._add(("caller", self._now_ms(), payload, timestamp_ms))

    def agent(self, payload: str) -> None:
        """Add what was sent to be played."""
        self._add(("agent", self._now_ms(), payload, 0.0))

    def clear(self) -> None:
        """Note that what is not heard yet never will be."""
        self._add(("clear", self._now_ms(), "", 0.0))

    def end(self) -> None:
        """Add nothing more."""
        self._ended_at_ms = self._now_ms()
        self.is_over = True

    def write(self, path: Path) -> bool:
        """Write what is old enough, or everything when the call is over; takes its time.

        The head of the file is always true, so that it can be played whenever the process dies.

        Returns:
            Whether that was the last of it.

        Raises:
            OSError: it cannot be written.
        """
        is_over = self.is_over
        until_ms = self._ended_at_ms if is_over else self._now_ms() - HELD_BACK_MS
        while self._pieces:
            with suppress(NotBase64):  # which nobody on the line could hear either
                self._place(*self._pieces.popleft())
        sound = self._stereo.take(until_ms)
        if not self._sound_bytes:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
        with path.open("r+b") as file:
            file.seek(HEAD_BYTES + self._sound_bytes)
            file.write(sound)
            self._sound_bytes += len(sound)
            file.seek(0)
            file.write(wav_head(self._sound_bytes))
        return is_over

    def _add(self, piece: Piece) -> None:
        if len(self._pieces) < MOST_PIECES:
            self._pieces.append(piece)
        else:
            self.lost += 1

    def _place(self, kind: str, at_ms: float, payload: str, timestamp_ms: float) -> None:
        match kind:
            case "caller":
                self._stereo.caller(base64.b64decode(payload), timestamp_ms, at_ms)
            case "agent":
                self._stereo.agent(base64.b64decode(payload), at_ms)
            case _:
                self._stereo.clear(at_ms)
