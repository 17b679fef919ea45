"""The PlaybackProcessor between two ends, in words."""

import base64
from dataclasses import dataclass

from pipecat.frames.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame, Frame
from pipecat.tests.utils import run_test

from processors.playback import PlaybackProcessor
from telephony.audio_lane import LaneStage
from telephony.frames import MarkFrame, MulawOutputFrame, OutputMarkFrame, TruncateItemFrame
from tests.processors.in_order import ThenFrame, in_order

STARTED, STOPPED = BotStartedSpeakingFrame.__name__, BotStoppedSpeakingFrame.__name__


@dataclass
class FrozenClock:
    """Time that passes only when told to."""

    now_ms: float = 5000.0

    def passes(self, elapsed_ms: float) -> Frame:
        """The frame at which so much time has passed."""

        def forward() -> None:
            self.now_ms += elapsed_ms

        return ThenFrame(forward)

    def __call__(self) -> float:
        return self.now_ms


def audio(
    duration_ms: int, item: str = "a", response: str = "resp_1", part: int = 0
) -> MulawOutputFrame:
    payload = base64.b64encode(bytes(8 * duration_ms)).decode()
    return MulawOutputFrame(payload, item_id=item, content_index=part, response_id=response)


def mark(number: int, generation: int = 0) -> MarkFrame:
    return MarkFrame(mark=f"{generation}:{number}")


async def play(*frames: Frame, clock: FrozenClock | None = None) -> tuple[list[str], list[str]]:
    """What comes out below and above, in a word each."""
    down, up = await run_test(
        in_order(PlaybackProcessor(clock or FrozenClock())), frames_to_send=frames
    )
    return [word(frame) for frame in down], [word(frame) for frame in up]


def word(frame: Frame) -> str:
    match frame:
        case MulawOutputFrame():
            return f"audio of {frame.item_id}"
        case OutputMarkFrame(mark=name):
            return f"mark {name}"
        case TruncateItemFrame(item_id=item, content_index=part, heard_ms=heard_ms):
            return f"truncate {item}/{part} at {heard_ms}"
        case _:
            return type(frame).__name__


class LaneEnd(LaneStage):
    """Remembers what came by the lane."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[str] = []

    def take(self, frame: Frame) -> None:
        self.took.append(word(frame))
