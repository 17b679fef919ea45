"""The end of a call, once what was said last has been heard."""

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from processors.timed_stage import TimedStage
from telephony.frames import LeaveFrame

SETTLE_SECS = 0.7
"""So long the agent must have been silent: the answer to a tool's result takes a moment."""

LONGEST_SECS = 20.0
"""A goodbye that is not over by then never will be."""

STAYED = (
    "The caller spoke before the line was closed. If it was only a goodbye, call end_call again "
    "and say nothing; otherwise go on with the call."
)


class CallEndProcessor(TimedStage):
    """Waits, after a LeaveFrame, until the agent's last words have been heard.

    Place it behind the PlaybackProcessor, whose BotStoppedSpeakingFrame means that the last mark
    has come back. A caller who speaks into the goodbye stays on the line; who waits for a person
    is not kept from them.

    Event handlers:
        on_leave(processor, frame: LeaveFrame): the line may be left.
    """

    def __init__(
        self, *, settle_secs: float = SETTLE_SECS, longest_secs: float = LONGEST_SECS
    ) -> None:
        """Watch a call.

        Args:
            settle_secs: how long the agent must have been silent.
            longest_secs: when the line is left whatever is being said.
        """
        super().__init__()
        self._settle_secs = settle_secs
        self._longest_secs = longest_secs
        self._leave: LeaveFrame | None = None
        self._speaking = False
        self._answering = False
        self._silence = self.new_timer()
        self._deadline = self.new_timer()
        self._register_event_handler("on_leave")

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow who speaks; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        match frame:
            case LeaveFrame():
                self._ask_to_leave(frame)
            case BotStartedSpeakingFrame():
                self._speaking = True
            case BotStoppedSpeakingFrame():
                self._speaking = False
            case LLMFullResponseStartFrame():
                self._answering = True
            case LLMFullResponseEndFrame():
                self._answering = False
            case UserStartedSpeakingFrame():
                await self._stay()
            case EndFrame() | CancelFrame():
                self._forget()
            case _:
                return
        self._settle()

    def _ask_to_leave(self, frame: LeaveFrame) -> None:
        if self._leave is None or frame.to_person:
            logger.info("Call is to be left: {}", "to a person" if frame.to_person else "goodbye")
            self._leave = frame
        if not self._deadline.is_running:
            self._deadline.start(self._longest_secs, self._go)

    async def _stay(self) -> None:
        if self._leave is None or self._leave.to_person:
            return
        self._forget()
        logger.info("Caller spoke into the goodbye, so the call goes on")
        await self.push_frame(note(STAYED, run_llm=False), FrameDirection.UPSTREAM)

    def _settle(self) -> None:
        """Leave when the agent has been silent for a while; anything that happens starts anew."""
        self._silence.stop()
        if self._leave is not None and not self._speaking and not self._answering:
            self._silence.start(self._settle_secs, self._go)

    async def _go(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            await self._call_event_handler("on_leave", leave)

    def _forget(self) -> None:
        self._leave = None
        self._silence.stop()
        self._deadline.stop()
