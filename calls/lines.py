"""The lines of this process: how many calls it holds, and whether it takes more.

Pure but for the tasks that it remembers: nothing is awaited, and the time is passed in.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

RING_SECS = 15.0
"""Twilio opens the socket within seconds of our TwiML; for so long a line is kept for it."""

AFTER_SECS = 5.0
"""Twilio asks what comes next within a second or two of the end of a stream."""


class Refusal(StrEnum):
    """Why a call that rings goes to a person at once."""

    LEAVING = "the process is leaving"
    FULL = "every line is taken"
    BEFORE = "it was not taken when it rang first"
    AT_ONCE = "the caller has too many calls at once"
    TOO_OFTEN = "the caller has called too often within an hour"
    DAILY_TOKENS = "the tokens of the day are used up"
    DAILY_COST = "the money of the day is spent"


class NoLine(Exception):
    """A socket came for which there is no line."""


class Lines:
    """Which calls this process holds.

    A call that rings holds a line before its socket is there, or a burst would be let in at
    once. Its socket may come to another replica, so the line is only kept for a while.
    """

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the lines.

        Args:
            count: how many calls the process holds at most.
            clock: the time in seconds, of any origin.
        """
        self.count = count
        self._clock = clock
        self._ringing: dict[str, float] = {}
        self._talking: dict[str, asyncio.Task[Any]] = {}
        self._owed: dict[str, float] = {}
        self._asked: set[str] = set()
        self._closed = False
        self._handed_over = False

    @property
    def taken(self) -> int:
        """How many calls ring or are talked on."""
        self._forget()
        return len(self._ringing) + len(self._talking)

    @property
    def idle(self) -> bool:
        """Whether no call is held, and Twilio is not about to ask for more about one."""
        return not self.taken and not self._owed

    @property
    def is_over(self) -> bool:
        """Whether no call is taken any more, and the last one has ended."""
        return self._closed and self.idle

    @property
    def refusal(self) -> Refusal | None:
        """Why the next call would be refused; None when it would be taken."""
        if self._closed:
            return Refusal.LEAVING
        return Refusal.FULL if self.taken >= self.count else None

    def ring(self, call_sid: str) -> Refusal | None:
        """Take a line for a call that rings; the same call again takes no second one."""
        self._forget()
        if call_sid not in self._ringing and call_sid not in self._talking:
            if refusal := self.refusal:
                return refusal
            self._ringing[call_sid] = self._clock() + RING_SECS
        return None

    def free(self, call_sid: str) -> None:
        """The call rings no more, and what was owed to it is being answered."""
        self._ringing.pop(call_sid, None)
        self._owed.pop(call_sid, None)
        if call_sid in self._talking:  # Twilio was quicker than our own clearing up
            self._asked.add(call_sid)

    def expect(self, call_sid: str, secs: float) -> None:
        """Twilio asks what comes next for this call, within that time and some more."""
        self._owed[call_sid] = self._clock() + secs + AFTER_SECS

    @contextmanager
    def talk(self, call_sid: str) -> Generator[None]:
        """Hold a line as long as it is entered, in the task that runs the call.

        A call that rang here has its line. One that rang on another replica needs a free one;
        that this process is leaving does not matter, since the other has already said yes.

        Raises:
            NoLine: there is none.
        """
        self._forget()
        if self._handed_over or call_sid in self._talking:
            raise NoLine("the call is taken" if call_sid in self._talking else Refusal.LEAVING)
        if call_sid not in self._ringing and self.taken >= self.count:
            raise NoLine(Refusal.FULL)
        self._ringing.pop(call_sid, None)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine runs in a task
        self._talking[call_sid] = task
        try:
            yield
        finally:
            del self._talking[call_sid]
            if call_sid not in self._asked:
                self.expect(call_sid, 0)
            self._asked.discard(call_sid)

    def close(self) -> None:
        """Take no more calls; those that are here go on."""
        self._closed = True

    def hand_over(self) -> dict[str, asyncio.Task[Any]]:
        """Take no more sockets either; gives the tasks of the calls that have to be ended."""
        self._closed = self._handed_over = True
        for call_sid in tuple(self._ringing):
            self.free(call_sid)
            self.expect(call_sid, 0)
        return dict(self._talking)

    def _forget(self) -> None:
        """Let go of what did not come in time."""
        now = self._clock()
        for waiting in (self._ringing, self._owed):
            for call_sid in [call_sid for call_sid, until in waiting.items() if until <= now]:
                del waiting[call_sid]
