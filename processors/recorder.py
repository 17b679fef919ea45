"""The recording of a call, both sides in time."""

from typing import Literal

from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection

from calls.tape import Tape
from telephony.audio_lane import LaneStage
from telephony.frames import MulawInputFrame, MulawOutputFrame


class RecorderProcessor(LaneStage):
    """Gives a tape what is said on one side of the line, as it was on the wire.

    Place the caller's right behind the line's input, where every timestamp is as it came, and the
    agent's right behind its output: what passes there was sent. Nothing is decoded here.
    """

    def __init__(self, tape: Tape, side: Literal["caller", "agent"]) -> None:
        """Record one side of a call.

        Args:
            tape: of the call.
            side: whose.
        """
        super().__init__(enable_direct_mode=True)
        self._tape = tape
        self._record = self._of_caller if side == "caller" else self._of_agent
        self._cleared_by = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Record what comes by Pipecat's road; push every frame on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self._record(frame)
        await self.push_frame(frame, direction)

    def hear(self, frame: MulawInputFrame) -> None:
        """Record the caller on the lane."""
        self._record(frame)
        self.pass_on(frame)

    def take(self, frame: Frame) -> None:
        """Record the agent on the lane."""
        self._record(frame)
        self.hand_on(frame)

    def _of_caller(self, frame: Frame) -> None:
        if isinstance(frame, MulawInputFrame) and frame.timestamp_ms is not None:
            self._tape.caller(frame.payload, frame.timestamp_ms)

    def _of_agent(self, frame: Frame) -> None:
        if isinstance(frame, MulawOutputFrame):
            self._tape.agent(frame.payload)
        elif isinstance(frame, InterruptionFrame):
            # One that came by the lane also comes by the road, when the next answer may be heard.
            if frame.id != self._cleared_by:
                self._cleared_by = frame.id
                self._tape.clear()
        elif isinstance(frame, OutputAudioRawFrame):
            # Of a stock stage: Pipecat's output has brought it to the line's rate.
            self._tape.agent(MulawOutputFrame(frame.audio).payload)
