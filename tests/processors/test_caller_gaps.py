import asyncio
import base64

from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import run_test

from processors.caller_gaps import MOST_TICKS, TICK_SECS, CallerGapProcessor
from telephony.audio_lane import LaneStage
from telephony.frames import MulawInputFrame
from tests.processors.in_order import ThenFrame, in_order
from tests.telephony.line import SkippingLoop, skip

VOICE = b"\x10" * 160


def said(timestamp_ms: int | None) -> MulawInputFrame:
    return MulawInputFrame(base64.b64encode(VOICE).decode(), timestamp_ms)


def timeline(frames: list[Frame]) -> str:
    """Ten characters for a second: what is silence and what is voice."""
    mulaw = b"".join(base64.b64decode(f.payload) for f in frames if isinstance(f, MulawInputFrame))
    return "".join("_" if mulaw[at] == 0xFF else "v" for at in range(0, len(mulaw), 160))


async def hear(*frames: Frame) -> list[Frame]:
    down, _ = await run_test(in_order(CallerGapProcessor()), frames_to_send=frames)
    return list(down)


async def test_lost_audio_is_silence_of_the_same_length() -> None:
    down = await hear(said(0), said(20), said(120), TextFrame("hello"), said(140))
    assert timeline(down) == "vv____vv"
    assert [type(frame) for frame in down[-2:]] == [TextFrame, MulawInputFrame]


async def test_audio_without_a_time_is_left_alone() -> None:
    assert timeline(await hear(said(0), said(None), said(500))) == "vv" + "_" * 24 + "v"


class EndStage(LaneStage):
    """The end of a lane."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Frame] = []

    def hear(self, frame: MulawInputFrame) -> None:
        self.taken.append(frame)


async def test_on_the_lane_it_is_the_same() -> None:
    end, gaps = EndStage(), CallerGapProcessor()
    gaps.lead_to([end])
    for frame in (said(0), said(20), said(120)):
        gaps.hear(frame)
    assert timeline(end.taken) == "vv____v"


def ticks(count: int) -> list[Frame]:
    """Let time pass, and let the stage notice."""
    frames: list[Frame] = []
    for _ in range(count):
        frames += [ThenFrame(lambda: skip(TICK_SECS)), TextFrame("tick")]
    return frames


def in_skipped_time(*frames: Frame) -> str:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return timeline(runner.run(hear(*frames)))


def test_a_caller_whose_audio_stalls_is_silent_for_the_model() -> None:
    heard = in_skipped_time(UserStartedSpeakingFrame(), said(0), said(20), *ticks(8))
    assert heard == "vv" + "_" * 5 * 5


def test_a_process_that_was_held_up_takes_it_for_no_silence_of_the_caller() -> None:
    held_up: list[Frame] = [ThenFrame(lambda: skip(2.0))]
    heard = in_skipped_time(
        UserStartedSpeakingFrame(), said(0), *held_up, said(20), *held_up, said(40)
    )
    assert heard == "vvv"


def test_once_the_turn_has_ended_no_silence_is_fed() -> None:
    heard = in_skipped_time(
        UserStartedSpeakingFrame(),
        said(0),
        *ticks(5),
        UserStoppedSpeakingFrame(),
        *ticks(20),
    )
    assert heard == "v" + "_" * 5 * 2


def test_audio_that_comes_again_is_not_preceded_by_the_same_silence_twice() -> None:
    heard = in_skipped_time(
        UserStartedSpeakingFrame(), said(0), *ticks(7), said(720), *ticks(1), said(740), *ticks(1)
    )
    assert heard == "v" + "_" * 35 + "vv"


def test_audio_of_a_line_without_times_does_not_stall_as_long_as_it_comes() -> None:
    frames: list[Frame] = [UserStartedSpeakingFrame()]
    for _ in range(8):
        frames += [InputAudioRawFrame(bytes(640), sample_rate=16_000, num_channels=1), *ticks(1)]
    assert in_skipped_time(*frames) == ""


def test_while_nobody_speaks_nothing_is_fed() -> None:
    assert in_skipped_time(said(0), *ticks(20)) == "v"


def test_a_stall_without_end_is_fed_only_so_long() -> None:
    heard = in_skipped_time(UserStartedSpeakingFrame(), said(0), *ticks(150))
    assert heard == "v" + "_" * 5 * MOST_TICKS


def test_a_new_turn_may_stall_again() -> None:
    turn: list[Frame] = [UserStartedSpeakingFrame(), said(0), *ticks(4)]
    heard = in_skipped_time(*turn, UserStoppedSpeakingFrame(), *turn)
    assert heard == ("v" + "_" * 5) * 2
