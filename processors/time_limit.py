"""The longest that a call may last."""

from loguru import logger
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from processors.timed_stage import TimedStage
from telephony.frames import LeaveFrame, StreamStartedFrame

WARNING_SECS = 60.0
"""So long before the end it is announced."""

ONE_MINUTE = (
    "Only one minute of this call is left. Tell the caller so in one sentence, and that our front "
    "desk or its voicemail will take over then; finish what matters most."
)
TIME_IS_UP = (
    "The time of this call is over. Say in one sentence that our front desk or its voicemail takes "
    "over."
)


class TimeLimitProcessor(TimedStage):
    """Announces the end of the time a minute before, and hands the call to a person then."""

    def __init__(self, limit_secs: float, *, warning_secs: float = WARNING_SECS) -> None:
        """Limit a call.

        Args:
            limit_secs: how long it may last, from the start of the stream.
            warning_secs: how long before that it is announced.
        """
        super().__init__()
        self._limit_secs = limit_secs
        self._warning_secs = warning_secs
        self._time = self.new_timer()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Begin with the stream; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, StreamStartedFrame):
            self._time.start(self._limit_secs - self._warning_secs, self._warn)

    async def _warn(self) -> None:
        logger.info("Call nears its limit of {:.0f} s", self._limit_secs)
        self._time.start(self._warning_secs, self._leave)
        await self.push_frame(note(ONE_MINUTE))

    async def _leave(self) -> None:
        logger.warning("Call reached its limit of {:.0f} s", self._limit_secs)
        await self.push_frame(note(TIME_IS_UP))
        await self.push_frame(LeaveFrame(to_person=True, reason="the call reached its limit"))
