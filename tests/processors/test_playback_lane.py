from pipecat.frames.frames import Frame, TTSStartedFrame, TTSStoppedFrame
from pipecat.tests.utils import run_test

from processors.playback import PlaybackProcessor
from telephony.frames import BargeInFrame, MarkFrame
from tests.processors.in_order import ThenFrame, in_order
from tests.processors.playing import STARTED, STOPPED, FrozenClock, LaneEnd, audio, word


class Laned:
    """The stage on an open lane."""

    def __init__(self) -> None:
        self.clock = FrozenClock()
        self._stage = PlaybackProcessor(self.clock)
        self._end = LaneEnd()
        self._stage.lead_to([self._end])

    def takes(self, frame: Frame) -> Frame:
        """The frame at which the stage takes another one from the lane."""
        return ThenFrame(lambda: self._stage.take(frame))

    async def play(self, *frames: Frame) -> tuple[list[str], list[str]]:
        """What comes out by the lane, and what is told upstream."""
        _, up = await run_test(in_order(self._stage), frames_to_send=frames)
        return self._end.took, [word(frame) for frame in up]


async def test_audio_of_the_lane_has_its_marks_there_too() -> None:
    call = Laned()
    took, up = await call.play(
        call.takes(audio(500)),
        TTSStartedFrame(context_id="resp_1"),
        call.takes(audio(200)),
        TTSStoppedFrame(context_id="resp_1"),
        call.takes(MarkFrame(mark="0:1")),
        call.takes(MarkFrame(mark="0:2")),
    )
    assert took == ["audio of a", "mark 0:1", "audio of a", "mark 0:2"]
    assert up == [STARTED, STOPPED]


async def test_an_interruption_of_the_lane_is_done_when_it_also_comes_by_the_road() -> None:
    call, interruption = Laned(), BargeInFrame(response_id="resp_1")
    took, up = await call.play(
        call.takes(audio(500)),
        call.clock.passes(100),
        call.takes(interruption),
        call.takes(audio(500)),
        call.takes(audio(500, "b", "resp_2")),
        call.clock.passes(100),
        interruption,
        call.takes(audio(500, "b", "resp_2")),
    )
    assert took == ["audio of a", "mark 0:1", "BargeInFrame", "audio of b", "mark 1:2",
                    "audio of b", "mark 1:3"]  # fmt: skip
    assert up == [STARTED, "truncate a/0 at 100", STOPPED, STARTED]


async def test_an_interruption_that_only_comes_by_the_road_silences_the_lane() -> None:
    call = Laned()
    took, up = await call.play(
        call.takes(audio(500)), call.clock.passes(100), BargeInFrame(response_id="resp_1")
    )
    assert took == ["audio of a", "mark 0:1", "BargeInFrame"]
    assert up == [STARTED, "truncate a/0 at 100", STOPPED]


async def test_each_answer_tells_when_its_first_audio_goes_to_the_line() -> None:
    told: list[list[str]] = []
    end = LaneEnd()
    stage = PlaybackProcessor(FrozenClock(), spoke=lambda: told.append([*end.took]))
    stage.lead_to([end])
    frames = [ThenFrame(lambda: stage.take(audio(100)))] * 2
    await run_test(in_order(stage), frames_to_send=frames)
    assert told == [[]]
