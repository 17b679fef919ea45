"""A turn of the caller that does not end: noise keeps it open, and nobody would ever answer."""

from loguru import logger
from pipecat.frames.frames import Frame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from processors.timed_stage import TimedStage
from telephony.frames import SpeakUpFrame

ASK_SECS = 20.0
"""Who has something to say to a front desk pauses sooner."""

HAND_OVER_SECS = 35.0

NOISE = (
    "The caller's turn does not end: there is noise on the line, or they speak without a pause. "
    "Say in one or two sentences that you cannot make out what they say because of the noise, ask "
    "them to repeat it briefly from a quieter place, and that a person takes over otherwise."
)


class EndlessTurnProcessor(TimedStage):
    """Has the agent speak into a turn that does not end, and a person take the call if need be.

    Place it behind the model, which tells when the caller begins and has done.
    """

    def __init__(
        self, *, ask_secs: float = ASK_SECS, hand_over_secs: float = HAND_OVER_SECS
    ) -> None:
        """Watch a call.

        Args:
            ask_secs: after so much of one turn the agent says that it cannot make it out.
            hand_over_secs: after so much of it a person takes the call.
        """
        super().__init__()
        self._ask_secs = ask_secs
        self._hand_over_secs = hand_over_secs
        self._turn = self.new_timer()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow the caller's turns; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, UserStartedSpeakingFrame):
            # Whoever was handed over is not asked again.
            if self.is_usable and not self._turn.is_running:
                self._turn.start(self._ask_secs, self._ask)
        elif isinstance(frame, UserStoppedSpeakingFrame):
            self._turn.stop()

    async def _ask(self) -> None:
        logger.warning("Caller's turn lasts for {} s, the agent is asked", self._ask_secs)
        self._turn.start(self._hand_over_secs - self._ask_secs, self._hand_over)
        await self.push_frame(note(NOISE, run_llm=False), FrameDirection.UPSTREAM)
        await self.push_frame(SpeakUpFrame(), FrameDirection.UPSTREAM)

    async def _hand_over(self) -> None:
        await self.push_error(
            f"the caller's turn did not end in {self._hand_over_secs} s",
            force_treat_as_permanent=True,
        )
