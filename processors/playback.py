"""What the caller hears: marks behind the audio, and barge-in at the heard millisecond."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.timed_stage import TimedStage
from telephony.frames import (
    AnswerStalledFrame,
    BargeInFrame,
    MarkFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    SessionLostFrame,
    TruncateItemFrame,
)
from telephony.playback_clock import PlaybackClock, UnheardItem

MARK_EVERY_MS = 500.0
"""So much audio of an answer shares a mark; the clock knows the position between two."""

GRACE_MS = 1000.0
"""So long after its audio must have been heard a mark may still come, or more of the answer."""

News = TruncateItemFrame | type[BotStartedSpeakingFrame] | type[BotStoppedSpeakingFrame]
"""What is told upstream, or as the kind of frame that is broadcast."""


def _now_ms() -> float:
    return time.monotonic() * 1000


class PlaybackProcessor(TimedStage):
    """Follows the playback of mu-law by Twilio, which buffers minutes and plays in real time.

    * Behind the audio go marks; when one comes back the caller has heard what was before it.
    * The bot speaks from the first audio of an answer until its last mark is back, or should
      have been for long. An answer of which no more comes is over, too.
    * An interruption truncates each item at what was heard of it. The `clear` itself is the
      serializer's form of the InterruptionFrame, which travels on from here.
    * Audio that still arrives for an interrupted response is dropped, and its item truncated
      at what was heard.
    """

    def __init__(
        self,
        now_ms: Callable[[], float] = _now_ms,
        *,
        grace_ms: float = GRACE_MS,
        spoke: Callable[[], None] = lambda: None,
    ) -> None:
        """Follow one stream.

        Args:
            now_ms: milliseconds of a monotonic clock.
            grace_ms: how late a mark may be, or the rest of an answer.
            spoke: is called at the first audio of each answer, as it goes to the line.
        """
        super().__init__()
        self._now_ms = now_ms
        self._grace_ms = grace_ms
        self._spoke = spoke
        self._clock = PlaybackClock()
        self._speaking = False
        self._answering = False
        self._answer_id: str | None = None
        self._response_id = ""
        self._interrupted: set[str] = set()
        self._interruption_id = 0
        self._untold: deque[News] = deque()
        self._patience = self.new_timer()
        self._marks_missing = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Account for audio, marks and interruptions; push every other frame on."""
        await super().process_frame(frame, direction)
        match frame:
            case MulawOutputFrame():
                played = self._play(frame)
                await self._tell()
                await self._send(played)
            case MarkFrame(mark=mark):
                self._clock.returned(mark, self._now_ms())
            case InterruptionFrame():
                if frame.id != self._interruption_id:  # it has not come by the lane before
                    self._interrupt(frame)
                    self.hand_on(frame)  # overtakes nothing that comes on the lane next
                await self.push_frame(frame, direction)
            case TTSStartedFrame(context_id=answer_id):
                self._answering, self._answer_id = True, answer_id
                await self.push_frame(frame, direction)
            case _:
                await self.push_frame(frame, direction)
                await self._send(self._follow(frame))
        await self._tell()

    def take(self, frame: Frame) -> None:
        """Account for audio, marks and interruptions of the lane."""
        match frame:
            case MulawOutputFrame():
                for part in self._play(frame, answering=True):
                    self.hand_on(part)
            case MarkFrame(mark=mark):
                self._clock.returned(mark, self._now_ms())
            case InterruptionFrame():
                self._interrupt(frame)
                self.hand_on(frame)
            case _:
                self.hand_on(frame)
        self._note_stop()
        if self._untold:
            self.create_task(self._tell())

    async def _send(self, frames: Sequence[Frame]) -> None:
        """To the line, in one order whichever way the audio came."""
        for frame in frames:
            if self.on_lane:
                self.hand_on(frame)
            else:
                # It is accounted for: the queues behind may forget it at an interruption.
                frame.interruptible = True
                await self.push_frame(frame)

    def _play(self, frame: MulawOutputFrame, *, answering: bool = False) -> Sequence[Frame]:
        """What goes to the line for this audio.

        Args:
            frame: the audio.
            answering: whether it is an answer's, of which Pipecat's road may know nothing yet.
        """
        if self._is_late(frame):
            self._truncate(self._clock.dropped(frame.item_id, frame.content_index))
            return ()
        if answering:
            self._answering, self._answer_id = True, frame.response_id
        if not self._speaking:
            self._speaking = True
            if frame.response_id != self._response_id:  # it is not the rest of one that stalled
                self._clock.settle()
            self._spoke()
            self._untold.append(BotStartedSpeakingFrame)
            self._patience.start(self._grace_ms / 1000, self._go_on)
        self._response_id = frame.response_id
        self._clock.sent(frame.item_id, frame.content_index, frame.duration_ms, self._now_ms())
        # Outside an answer nobody tells which audio is the last.
        if self._clock.unmarked_ms >= MARK_EVERY_MS or not self._answering:
            return (frame, self._mark())
        return (frame,)

    def _is_late(self, frame: MulawOutputFrame) -> bool:
        """Whether the audio was made before an interruption, or for an answer before it.

        An interruption overtakes the audio that waits before it in a queue of Pipecat's.
        """
        if frame.id < self._interruption_id and frame.response_id:
            self._interrupted.add(frame.response_id)
        return frame.id < self._interruption_id or frame.response_id in self._interrupted

    def _follow(self, frame: Frame) -> list[Frame]:
        """What goes to the line behind a frame that passed."""
        match frame:
            # On the lane, audio of the next answer may come before the end of this one.
            case TTSStoppedFrame() if frame.context_id in (None, self._answer_id):
                return self._complete()
            case SessionLostFrame():
                self._clock.disown()
                return self._complete()
            case _:
                pass
        return []

    def _interrupt(self, frame: InterruptionFrame) -> None:
        self._interruption_id = frame.id
        making = frame.response_id if isinstance(frame, BargeInFrame) else ""
        self._interrupted = {self._response_id, making} - {""}
        for item in self._clock.interrupt(self._now_ms()):
            self._truncate(item)
        self._answering = False

    def _complete(self) -> list[Frame]:
        """The answer gets no more audio: its last mark tells when it was heard."""
        self._answering = False
        return [self._mark()] if self._clock.unmarked_ms else []

    def _mark(self) -> OutputMarkFrame:
        return OutputMarkFrame(mark=self._clock.mark())

    def _truncate(self, item: UnheardItem | None) -> None:
        if item:
            self._untold.append(
                TruncateItemFrame(
                    item_id=item.item_id, content_index=item.content_index, heard_ms=item.heard_ms
                )
            )

    def _note_stop(self) -> None:
        """The bot has stopped when the answer is complete and all of it was heard."""
        if self._speaking and not self._answering and not self._clock.playing:
            self._speaking = False
            self._untold.append(BotStoppedSpeakingFrame)

    async def _tell(self) -> None:
        """Say what the caller has heard, and who speaks, in the order in which it happened."""
        self._note_stop()
        while self._untold:
            news = self._untold.popleft()
            if isinstance(news, TruncateItemFrame):
                await self.push_frame(news, FrameDirection.UPSTREAM)
            else:
                await self.broadcast_frame(news)

    async def _go_on(self) -> None:
        """Go on by the clock, once all that was sent must have been heard for long.

        It waits for nothing: the next answer starts the timer anew, and would cut it off.
        """
        left_ms = self._clock.ends_at_ms + self._grace_ms - self._now_ms()
        if not self._speaking:
            return
        if left_ms > 0:  # more was sent meanwhile
            self._patience.start(left_ms / 1000, self._go_on)
        elif self._answering:
            logger.info("Answer stalls in the middle, the caller has heard what there is of it")
            self._patience.start(self._grace_ms / 1000, self._go_on)
            self.create_task(self._stall())
        else:
            self._warn_once()
            self._clock.give_up()
            self.create_task(self._tell())

    async def _stall(self) -> None:
        """Take an answer for complete of which no more comes, and say so: the caller waits."""
        await self._send(self._complete())
        await self.push_frame(AnswerStalledFrame())
        await self._tell()

    def _warn_once(self) -> None:
        if not self._marks_missing:
            self._marks_missing = True
            logger.warning("Marks do not come back, going on by the clock")
