"""Nobody waits in silence: whatever the reason, the agent speaks up or a person takes over."""

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    TTSStartedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.timed_stage import TimedStage
from telephony.frames import AnswerStalledFrame, SpeakUpFrame, StreamStartedFrame


class DeadAirProcessor(TimedStage):
    """Counts the time in which the caller waits for the agent and hears nothing.

    A caller waits from the start of the stream, from their last word, from a tool's call and its
    result, and from where an answer stalls, until they hear the agent. Place it behind the
    PlaybackProcessor, which tells of the last two.
    """

    def __init__(self, *, ask_secs: float, hand_over_secs: float) -> None:
        """Watch a call.

        Args:
            ask_secs: after so much silence the agent is asked to say something.
            hand_over_secs: after so much silence a person takes the call.
        """
        super().__init__()
        self._ask_secs = ask_secs
        self._hand_over_secs = hand_over_secs
        self._agent_heard = self._caller_heard = False
        self._owed = self._stalled = False
        self._tools: set[str] = set()
        self._patience = self.new_timer()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow who is heard and what is owed to the caller; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        match frame:
            case StreamStartedFrame() | LLMMessagesAppendFrame(run_llm=True):
                self._owed = True
            case BotStartedSpeakingFrame() | BotStoppedSpeakingFrame():
                self._agent_heard = isinstance(frame, BotStartedSpeakingFrame)
            case UserStartedSpeakingFrame() | UserStoppedSpeakingFrame():
                self._caller_heard = isinstance(frame, UserStartedSpeakingFrame)
                self._owed, self._stalled = not self._caller_heard, False
            case TTSStartedFrame():
                self._owed = self._stalled = False
            case _:
                self._follow_work(frame)
        self._settle()

    def _follow_work(self, frame: Frame) -> None:
        """Follow what has begun and not come to its end."""
        match frame:
            case AnswerStalledFrame():
                self._stalled = True
            case LLMFullResponseEndFrame():
                self._stalled = False
            case FunctionCallInProgressFrame():
                self._tools.add(frame.tool_call_id)
            case FunctionCallResultFrame():
                self._tools.discard(frame.tool_call_id)
                self._owed |= frame.properties is None or frame.properties.run_llm is not False
            case FunctionCallCancelFrame():
                self._tools.discard(frame.tool_call_id)
            case _:
                pass

    def _settle(self) -> None:
        """Begin to wait, go on, or stop."""
        due = self._owed or self._stalled or bool(self._tools)
        waits = due and not (self._agent_heard or self._caller_heard)
        if not waits:
            self._patience.stop()
        elif self.is_usable and not self._patience.is_running:
            self._patience.start(self._ask_secs, self._ask)

    async def _ask(self) -> None:
        logger.warning("Caller has heard nothing for {} s, the agent is asked", self._ask_secs)
        self._owed = True  # whatever was waited for, now it is what the agent is asked for
        self._patience.start(self._hand_over_secs - self._ask_secs, self._hand_over)
        await self.push_frame(SpeakUpFrame(), FrameDirection.UPSTREAM)

    async def _hand_over(self) -> None:
        await self.push_error(
            f"the caller heard nothing for {self._hand_over_secs} s", force_treat_as_permanent=True
        )
