"""Twilio's playback queue. Pure: moments are passed in, in seconds of any monotonic clock.

What is queued is played in order and in real time; a mark comes back when all before it was
played; `clear` empties the queue at once and sends every pending mark back.
"""

import math
from collections import deque
from dataclasses import dataclass

BYTES_PER_SEC = 8000


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of audio that was really played.

    Attributes:
        at_secs: when it began.
        mulaw: the bytes.
    """

    at_secs: float
    mulaw: bytes


@dataclass(slots=True)
class _Queued:
    at_secs: float
    mulaw: bytes

    @property
    def ends_secs(self) -> float:
        return self.at_secs + len(self.mulaw) / BYTES_PER_SEC


class Playout:
    """The queue of one stream.

    Attributes:
        heard: what was played to its end, or until a clear cut it.
        cleared_secs: when it was cleared.
        swallows_marks: whether no mark comes back from now on, which Twilio never does.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.cleared_secs: list[float] = []
        self.swallows_marks = False
        self._queue: deque[_Queued] = deque()
        self._marks: deque[tuple[str, float]] = deque()
        self._ends_secs = 0.0

    def queue(self, mulaw: bytes, now: float) -> None:
        """Play some audio after what is queued."""
        begins = max(self._ends_secs, now)
        self._queue.append(_Queued(begins, mulaw))
        self._ends_secs = begins + len(mulaw) / BYTES_PER_SEC

    def mark(self, name: str, now: float) -> list[str]:
        """Ask for an echo; gives the marks that are due at once."""
        if self.swallows_marks:
            return []
        self._marks.append((name, max(self._ends_secs, now)))
        return self.advance(now)

    def clear(self, now: float) -> list[str]:
        """Forget what was not played yet; gives every pending mark."""
        self.cleared_secs.append(now)
        marks = self.advance(now)
        for queued in self._queue:
            played = round((now - queued.at_secs) * BYTES_PER_SEC)
            if played > 0:
                self.heard.append(Heard(queued.at_secs, queued.mulaw[:played]))
        self._queue.clear()
        self._ends_secs = min(self._ends_secs, now)
        marks += [name for name, _ in self._marks]
        self._marks.clear()
        return marks

    def advance(self, now: float) -> list[str]:
        """Let time pass; gives the marks that became due."""
        while self._queue and self._queue[0].ends_secs <= now:
            queued = self._queue.popleft()
            self.heard.append(Heard(queued.at_secs, queued.mulaw))
        due: list[str] = []
        while self._marks and self._marks[0][1] <= now:
            due.append(self._marks.popleft()[0])
        return due

    @property
    def ends_secs(self) -> float:
        """When the queue will be, or was, played to its end."""
        return self._ends_secs

    def first_after(self, moment: float) -> float:
        """When the first audio began that was played or queued to play at or after a moment.

        Infinity when there is none.
        """
        begins = [heard.at_secs for heard in self.heard] + [q.at_secs for q in self._queue]
        return min((at for at in begins if at >= moment), default=math.inf)
