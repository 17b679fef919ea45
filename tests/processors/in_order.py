"""Frames one after the other, for Pipecat's `run_test`.

`run_test` queues all its frames at once, and Pipecat lets system frames overtake the others. What a
stage does with a mark depends on the audio before it, so here each frame waits until the one
before has gone through; nothing sleeps.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from pipecat.frames.frames import (
    CancelFrame,
    DataFrame,
    EndFrame,
    Frame,
    StartFrame,
    SystemFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

PATIENCE_SECS = 10.0

TURNS = 5
"""Of the event loop, that a timer needs which is due: to its task, and through it."""


@dataclass
class FromBehindFrame(SystemFrame):
    """Sends a frame upstream from behind the stage."""

    frame: Frame


@dataclass
class ThenFrame(SystemFrame):
    """Does something between two frames, and lets be done what is due by that."""

    action: Callable[[], object]


@dataclass
class UntilFrame(SystemFrame):
    """Keeps the next frame back until something has happened."""

    event: asyncio.Event


@dataclass
class FenceFrame(DataFrame):
    """Has passed the stage when everything before it has."""

    interruptible: bool = field(default=False, init=False)
    passed: asyncio.Event = field(default_factory=asyncio.Event)


class TailProcessor(FrameProcessor):
    """Behind the stage: stops fences."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, FenceFrame):
            frame.passed.set()
        else:
            await self.push_frame(frame, direction)


class HeadProcessor(TailProcessor):
    """Before the stage: lets a frame in when the one before is through."""

    def __init__(self, tail: FrameProcessor) -> None:
        super().__init__()
        self._tail = tail

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, FromBehindFrame):
            await self._send(self._tail, frame.frame, FrameDirection.UPSTREAM)
        elif isinstance(frame, ThenFrame):
            frame.action()
            for _ in range(TURNS):
                await asyncio.sleep(0)
        elif isinstance(frame, UntilFrame):
            async with asyncio.timeout(PATIENCE_SECS):
                await frame.event.wait()
        elif direction is FrameDirection.UPSTREAM or isinstance(
            frame, (StartFrame, EndFrame, CancelFrame)
        ):
            await super().process_frame(frame, direction)
        else:
            await self._send(self, frame, direction)

    @staticmethod
    async def _send(end: FrameProcessor, frame: Frame, direction: FrameDirection) -> None:
        fence = FenceFrame()
        await end.push_frame(frame, direction)
        await end.push_frame(fence, direction)
        await fence.passed.wait()


def in_order(stage: FrameProcessor) -> Pipeline:
    """The stage, which sees frames one after the other."""
    tail = TailProcessor()
    return Pipeline([HeadProcessor(tail), stage, tail])
