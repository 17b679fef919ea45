"""Caller-phone injection: the model knows who is calling before it says its first word."""

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from telephony.audio_lane import LaneStage
from telephony.frames import StreamStartedFrame


class CallerPhoneProcessor(LaneStage):
    """Puts the caller's facts into the context when the stream starts, and asks for the greeting.

    The facts come from the signed webhook and the spa's own database, never from the stream's
    parameters or the model.
    """

    def __init__(self, facts: str) -> None:
        """Greet a caller.

        Args:
            facts: what the agent may know of the caller, and of now, as text.
        """
        super().__init__(enable_direct_mode=True)
        self._facts = facts

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Append the facts and run the model once the stream has started."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, StreamStartedFrame):
            await self.push_frame(note(self._facts))
