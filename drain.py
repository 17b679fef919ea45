"""A process that is told to stop: it takes no more calls and lets the running ones finish."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import uvicorn
from loguru import logger

from calls.lines import Lines, Refusal
from calls.records import CallRecords, Outcome
from database import DATABASE_ERRORS

POLL_SECS = 0.1

HAND_OVER_SECS = 30.0
"""How long the front desk rings and some more: if nobody answers, Twilio asks once again."""

HAND_OVER = 2
"""The signal that ends the calls."""

FORCE = 3
"""The signal after which nothing is waited for."""


async def hand_over(lines: Lines, records: CallRecords) -> None:
    """Give every running call to a person: Twilio asks `/voice/after` when its socket closes."""
    calls = lines.hand_over()
    await asyncio.gather(*(_hand_over(records, sid, task) for sid, task in calls.items()))


async def _hand_over(records: CallRecords, call_sid: str, task: asyncio.Task[Any]) -> None:
    with logger.contextualize(call_sid=call_sid):
        try:
            await records.finish(call_sid, Outcome.FAILED, Refusal.LEAVING)
        except DATABASE_ERRORS:  # a call that nobody has finished reaches a person too
            logger.exception("End of the call cannot be noted")
    task.cancel()


class DrainingServer(uvicorn.Server):
    """A uvicorn that hangs up on nobody.

    uvicorn closes the door at the first signal and then every WebSocket. Twilio still has to
    get in, with what comes after each call, so here the door stays open until the calls are
    over. A second signal, or the end of the time, hands those that are left to a person; the
    third one ends the process.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        lines: Lines,
        hand_over: Callable[[], Awaitable[None]],
        drain_secs: float,
    ) -> None:
        """Prepare a server.

        Args:
            config: of uvicorn.
            lines: which calls run.
            hand_over: ends them, so that Twilio asks for a person.
            drain_secs: how long they may take to finish.
        """
        super().__init__(config)
        self._lines = lines
        self._hand_over = hand_over
        self._drain_secs = drain_secs
        self._signals = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal; uvicorn's own would raise it again at the end, and the exit code be not 0."""
        self._signals += 1
        self._lines.close()
        self.should_exit = True
        self.force_exit = self._signals >= FORCE

    async def main_loop(self) -> None:
        """Serve until told to stop, and on until the calls are over."""
        await super().main_loop()
        self._lines.close()
        logger.info("Told to stop; {} calls are finished first", self._lines.taken)
        if not await self._idle(self._drain_secs, HAND_OVER):
            logger.warning("{} calls are handed over to a person", self._lines.taken)
            await self._hand_over()
            await self._idle(HAND_OVER_SECS, FORCE)
        logger.info("Stops; {} calls were cut", self._lines.taken)

    async def _idle(self, secs: float, signals: int) -> bool:
        """Whether the lines become idle in that time, and before so many signals."""
        until = time.monotonic() + secs
        while not self._lines.idle:
            if time.monotonic() >= until or self._signals >= signals:
                return False
            await self.on_tick(0)  # requests are still answered, with the true date
            await asyncio.sleep(POLL_SECS)
        return True
