"""Keys that the caller presses: 0 asks for a person, everything else is text for the model."""

from loguru import logger
from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.note import note
from processors.timed_stage import TimedStage
from telephony.frames import LeaveFrame

PAUSE_SECS = 1.5
"""Who types a number is slower than that only when it is complete."""

LONGEST = 32
"""Keys that are kept of one entry."""

TO_A_PERSON = (
    "The caller pressed 0 and is being connected to our front desk, or to its voicemail when "
    "nobody is there. Say in one short sentence that you connect them."
)


class KeypadProcessor(TimedStage):
    """Gathers keys into one entry, which ends with # or a pause.

    An entry of nothing but 0 hands the call to a person; a 0 within a number is part of it.
    """

    def __init__(self, *, pause_secs: float = PAUSE_SECS) -> None:
        """Gather the keys of a call.

        Args:
            pause_secs: after such a pause an entry is complete.
        """
        super().__init__()
        self._pause_secs = pause_secs
        self._keys = ""
        self._pause = self.new_timer()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Gather keys; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, InputDTMFFrame):
            await self._press(frame.button.value)

    async def _press(self, key: str) -> None:
        self._pause.stop()
        if key != "#":
            self._keys = (self._keys + key)[:LONGEST]
            self._pause.start(self._pause_secs, self._complete)
        elif self._keys:
            await self._complete()

    async def _complete(self) -> None:
        keys, self._keys = self._keys, ""
        if set(keys) == {"0"}:
            logger.info("Caller pressed 0 for a person")
            await self.push_frame(note(TO_A_PERSON))
            await self.push_frame(LeaveFrame(to_person=True, reason="the caller pressed 0"))
        else:
            await self.push_frame(note(f"The caller typed on the keypad: {' '.join(keys)}"))
