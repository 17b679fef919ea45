"""A stage that does something after a while, unless something else happens before."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pipecat.frames.frames import CancelFrame, EndFrame, Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from telephony.audio_lane import LaneStage


class Timer:
    """Does one thing for a stage, later.

    While it waits it is no task, which is 4 kB, and to stop it needs no waiting.
    """

    def __init__(self, stage: FrameProcessor) -> None:
        """Wait for a stage."""
        self._stage = stage
        self._handle: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is something that it has not done yet."""
        return self._handle is not None or (self._task is not None and not self._task.done())

    def start(self, secs: float, then: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something so many seconds from now, in place of what it was to do before."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(secs, self._do, then)

    def stop(self) -> None:
        """Do nothing; what has begun to be done is cut off, unless it is itself that says so."""
        if self._handle:
            self._handle.cancel()
            self._handle = None
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    def _do(self, then: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._handle = None
        self._task = self._stage.create_task(then())


class TimedStage(LaneStage):
    """A stage whose timers stop with the call."""

    def __init__(self) -> None:
        """Begin without timers."""
        super().__init__(enable_direct_mode=True)
        self._timers: list[Timer] = []

    def new_timer(self) -> Timer:
        """A timer of this stage."""
        timer = Timer(self)
        self._timers.append(timer)
        return timer

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Stop the timers when the call ends."""
        await super().process_frame(frame, direction)
        if isinstance(frame, (EndFrame, CancelFrame)):
            self._stop_timers()

    async def cleanup(self) -> None:
        """Leave no timer behind."""
        await super().cleanup()
        self._stop_timers()

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.stop()
