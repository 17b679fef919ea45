"""Marks of a line that gives none: they come back once Pipecat has sent the audio before them."""

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from telephony.frames import MarkFrame, OutputMarkFrame


class PlayedMarkProcessor(FrameProcessor):
    """Gives each mark back to the PlaybackProcessor.

    Place it behind an output of Pipecat's, which sends audio at the pace at which it plays and
    keeps a mark in its place among it.
    """

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Give marks back; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, OutputMarkFrame):
            await self.push_frame(MarkFrame(mark=frame.mark), FrameDirection.UPSTREAM)
