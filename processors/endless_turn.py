"""A turn of the caller that does not end: noise keeps it open, and nobody would ever answer."""

import asyncio

from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from telephony.audio_lane import LaneStage
from telephony.frames import SpeakUpFrame

ASK_SECS = 20.0
"""Who has something to say to a front desk pauses sooner."""

HAND_OVER_SECS = 35.0

NOISE = (
    "The caller's turn does not end: there is noise on the line, or they speak without a pause. "
    "Say in one or two sentences that you cannot make out what they say because of the noise, ask "
    "them to repeat it briefly from a quieter place, and that a person takes over otherwise."
)


class EndlessTurnProcessor(LaneStage):
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
        self._turn: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow the caller's turns; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, UserStartedSpeakingFrame) and self._turn is None:
            self._turn = self.create_task(self._count())
        elif isinstance(frame, (UserStoppedSpeakingFrame, EndFrame, CancelFrame)) and self._turn:
            await self.cancel_task(self._turn)
            self._turn = None

    async def _count(self) -> None:
        await asyncio.sleep(self._ask_secs)
        logger.warning("Caller's turn lasts for {} s, the agent is asked", self._ask_secs)
        await self.push_frame(note(NOISE, run_llm=False), FrameDirection.UPSTREAM)
        await self.push_frame(SpeakUpFrame(), FrameDirection.UPSTREAM)
        await asyncio.sleep(self._hand_over_secs - self._ask_secs)
        await self.push_error(
            f"the caller's turn did not end in {self._hand_over_secs} s",
            force_treat_as_permanent=True,
        )
