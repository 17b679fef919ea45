"""What the caller hears: marks behind the audio, and barge-in at the heard millisecond."""

import time
from collections.abc import Callable

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from telephony.frames import MarkFrame, MulawOutputFrame, OutputMarkFrame, TruncateItemFrame
from telephony.playback_clock import PlaybackClock


def _now_ms() -> float:
    return time.monotonic() * 1000


class PlaybackProcessor(FrameProcessor):
    """Follows the playback of mu-law by Twilio, which buffers minutes and plays in real time.

    * Behind every audio frame goes a mark; when it comes back the caller has heard the audio.
    * The bot speaks from the first audio of an answer until its last mark is back.
    * An interruption truncates each item at what was heard of it. The `clear` itself is the
      serializer's form of the InterruptionFrame, which travels on from here.
    * Audio that still arrives for an interrupted response is dropped.
    """

    def __init__(self, now_ms: Callable[[], float] = _now_ms) -> None:
        """Follow one stream.

        Args:
            now_ms: milliseconds of a monotonic clock.
        """
        super().__init__()
        self._now_ms = now_ms
        self._clock = PlaybackClock()
        self._speaking = False
        self._answering = False
        self._response_id = ""
        self._interrupted: str | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Account for audio, marks and interruptions; push every other frame on."""
        await super().process_frame(frame, direction)
        match frame:
            case MulawOutputFrame():
                await self._play(frame, direction)
                return
            case MarkFrame(mark=mark):
                self._clock.returned(mark, self._now_ms())
                await self._maybe_stopped()
                return
            case InterruptionFrame():
                await self._interrupt()
            case TTSStartedFrame():
                self._answering = True
            case _:
                pass
        await self.push_frame(frame, direction)
        if isinstance(frame, TTSStoppedFrame):
            self._answering = False
            await self._maybe_stopped()

    async def _play(self, frame: MulawOutputFrame, direction: FrameDirection) -> None:
        if frame.response_id and frame.response_id == self._interrupted:
            return
        self._response_id = frame.response_id
        if not self._speaking:
            self._speaking = True
            await self.broadcast_frame(BotStartedSpeakingFrame)
        mark = self._clock.sent(
            frame.item_id, frame.content_index, frame.duration_ms, self._now_ms()
        )
        await self.push_frame(frame, direction)
        await self.push_frame(OutputMarkFrame(mark=mark), direction)

    async def _interrupt(self) -> None:
        for item in self._clock.interrupt(self._now_ms()):
            await self.push_frame(
                TruncateItemFrame(
                    item_id=item.item_id, content_index=item.content_index, heard_ms=item.heard_ms
                ),
                FrameDirection.UPSTREAM,
            )
        self._interrupted = self._response_id
        self._answering = False
        await self._maybe_stopped()

    async def _maybe_stopped(self) -> None:
        """The bot has stopped when the answer is complete and all of it was heard."""
        if self._speaking and not self._answering and not self._clock.playing:
            self._speaking = False
            await self.broadcast_frame(BotStoppedSpeakingFrame)
