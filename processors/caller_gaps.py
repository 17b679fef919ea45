"""The caller's audio without gaps: the model's clock stays true, and a turn can end."""

import asyncio
import base64

from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from telephony.audio_lane import LaneStage
from telephony.caller_clock import CallerClock
from telephony.frames import MulawInputFrame
from telephony.mulaw import BYTES_PER_MS, SILENCE

TICK_SECS = 0.1
"""How often it is looked whether audio still comes, and how much silence is fed then."""

STALLED_TICKS = 3
"""Twilio sends every 20 ms; so many looks in a row that find nothing new are no jitter. Looks and
not seconds: a process that was held up has read nothing meanwhile, and finds it at the next look.
"""

MOST_TICKS = 100
"""After ten seconds of silence every turn has ended, or never will."""


class CallerGapProcessor(LaneStage):
    """Puts silence where the caller's audio has a hole.

    * Audio that was lost on the way shows in the timestamps: as much silence takes its place.
    * While the caller speaks, the model waits for silence. When no audio comes at all, silence is
      fed at its true pace until the turn has ended.

    Place it behind the user aggregator, which tells when the caller speaks.
    """

    def __init__(self) -> None:
        """Fill the gaps of one caller."""
        super().__init__(enable_direct_mode=True)
        self._clock = CallerClock()
        self._heard = False
        self._feeding: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Fill holes before audio; push every frame on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, MulawInputFrame) and (silence := self._missing_before(frame)):
            await self.push_frame(silence)
        elif isinstance(frame, InputAudioRawFrame):  # of another line, which loses nothing
            self._heard = True
        await self.push_frame(frame, direction)
        match frame:
            case UserStartedSpeakingFrame():
                self._stop()
                self._feeding = self.create_task(self._feed_while_stalled())
            case UserStoppedSpeakingFrame() | EndFrame() | CancelFrame():
                self._stop()
            case _:
                pass

    def hear(self, frame: MulawInputFrame) -> None:
        """Fill holes before audio of the lane."""
        if silence := self._missing_before(frame):
            self.pass_on(silence)
        self.pass_on(frame)

    def _missing_before(self, frame: MulawInputFrame) -> MulawInputFrame | None:
        self._heard = True
        if frame.timestamp_ms is None:
            return None
        missing_ms = self._clock.heard(frame.timestamp_ms, frame.duration_ms)
        if not missing_ms:
            return None
        logger.debug("Caller's audio has a hole of {:.0f} ms, filled with silence", missing_ms)
        return _silence(missing_ms)

    async def _feed_while_stalled(self) -> None:
        missed = fed = 0
        while fed < MOST_TICKS:
            self._heard = False
            await asyncio.sleep(TICK_SECS)
            missed = 0 if self._heard else missed + 1
            if missed < STALLED_TICKS:
                continue
            if not fed:
                logger.warning("Caller's audio stalls in the middle of a turn, feeding silence")
            fed += 1
            self._clock.fed(TICK_SECS * 1000)
            silence = _silence(TICK_SECS * 1000)
            if self.on_lane:
                self.pass_on(silence)
            else:
                await self.push_frame(silence)

    def _stop(self) -> None:
        if self._feeding:
            self._feeding.cancel()
            self._feeding = None


def _silence(duration_ms: float) -> MulawInputFrame:
    mulaw = bytes([SILENCE]) * round(duration_ms * BYTES_PER_MS)
    return MulawInputFrame(base64.b64encode(mulaw).decode("ascii"))
