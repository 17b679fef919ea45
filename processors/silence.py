"""A caller who says nothing is asked once, then wished well."""

from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputDTMFFrame,
    UserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessorSetup
from pipecat.turns.user_idle_controller import UserIdleController

from processors.note import note
from telephony.audio_lane import LaneStage
from telephony.frames import LeaveFrame

STILL_THERE = "The caller has been silent. Ask once, in a few words, whether they are still there."
GOODBYE = "The caller is still silent. Say goodbye in one sentence; the line is closed after it."


class SilenceProcessor(LaneStage):
    """Asks after one silence whether the caller is there, and leaves after a second one.

    A silence begins when the caller has heard the agent out, and ends with a word or a key.
    """

    def __init__(self, silence_secs: float) -> None:
        """Mind the silence of a call.

        Args:
            silence_secs: how long a caller may say nothing.
        """
        super().__init__(enable_direct_mode=True)
        self._asked = self._left = False
        self._idle = UserIdleController(user_idle_timeout=silence_secs)
        self._idle.add_event_handler("on_user_turn_idle", self._on_silence)

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Prepare to run."""
        await super().setup(setup)
        await self._idle.setup(setup)

    async def cleanup(self) -> None:
        """Stop waiting."""
        await super().cleanup()
        await self._idle.cleanup()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow who speaks; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, (UserStartedSpeakingFrame, InputDTMFFrame)):
            self._asked = self._left = False
        elif isinstance(frame, (EndFrame, CancelFrame)):
            await self._idle.stop()
        await self._idle.process_frame(frame)

    async def _on_silence(self, controller: UserIdleController) -> None:
        if self._left:
            return
        logger.info("Caller is silent, {}", "for the second time" if self._asked else "asking")
        await self.push_frame(note(GOODBYE if self._asked else STILL_THERE))
        if self._asked:
            self._left = True
            await self.push_frame(LeaveFrame(to_person=False, reason="the caller was silent"))
        self._asked = True
