"""Somebody at the front desk takes a call that is going on."""

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from telephony.audio_lane import LaneStage
from telephony.frames import DeskTakesFrame, LeaveFrame

TO_THE_DESK = (
    "Somebody at the front desk takes this call now. Say in one short sentence that you connect "
    "the caller, and nothing else."
)


class DeskCallProcessor(LaneStage):
    """Tells the model, and leaves the line to a person.

    Place it between the user aggregator and the model.
    """

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Act on a DeskTakesFrame; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, DeskTakesFrame):
            await self.push_frame(note(TO_THE_DESK))
            await self.push_frame(LeaveFrame(to_person=True, reason=f"{frame.staff} took the call"))
