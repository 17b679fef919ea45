import asyncio

from pipecat.frames.frames import CancelFrame, EndFrame, Frame, TextFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.tests.utils import run_test

from processors.timed_stage import TimedStage
from tests.processors.in_order import ThenFrame, in_order
from tests.telephony.line import SkippingLoop, skip

SECS = 10.0


class EchoStage(TimedStage):
    """Says each text again after a while; the word stop stops that, and twice is said twice."""

    def __init__(self) -> None:
        super().__init__()
        self.echo = self.new_timer()
        self.text = ""
        self.was_running: list[bool] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, TextFrame):
            self.text = frame.text
            if frame.text == "stop":
                self.echo.stop()
            else:
                self.echo.start(SECS, self.again)

    async def again(self) -> None:
        self.was_running.append(self.echo.is_running)
        if self.text == "twice":
            self.text = "once more"
            self.echo.start(SECS, self.again)
        await self.push_frame(TextFrame(f"{self.text}!"))


def said(*frames: Frame, stage: EchoStage | None = None) -> list[str]:
    async def run() -> list[str]:
        echoing = stage or EchoStage()
        down, _ = await run_test(in_order(echoing), frames_to_send=list(frames))
        assert not echoing.echo.is_running
        return [frame.text for frame in down if isinstance(frame, TextFrame)]

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(run())


def passes(secs: float) -> Frame:
    return ThenFrame(lambda: skip(secs))


def test_a_thing_is_done_after_its_time_and_once() -> None:
    words = said(TextFrame("a"), passes(SECS - 1), TextFrame("b"), passes(SECS), passes(SECS))
    assert words == ["a", "b", "b!"]


def test_what_is_stopped_is_not_done() -> None:
    assert said(TextFrame("a"), TextFrame("stop"), passes(SECS)) == ["a", "stop"]


def test_a_thing_may_begin_the_next_one() -> None:
    stage = EchoStage()
    words = said(TextFrame("twice"), passes(SECS), passes(SECS), stage=stage)
    assert words == ["twice", "once more!", "once more!"]
    assert stage.was_running == [True, True]


async def test_what_has_begun_is_cut_off() -> None:
    happened: list[str] = []
    stage = EchoStage()

    async def wait() -> None:
        happened.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            happened.append("cut off")

    await run_test(
        in_order(stage),
        frames_to_send=[
            ThenFrame(lambda: stage.echo.start(0, wait)),
            ThenFrame(lambda: happened.append("stopped")),
            ThenFrame(stage.echo.stop),
        ],
    )
    assert happened == ["begun", "stopped", "cut off"]


def test_nothing_is_done_once_the_call_has_ended() -> None:
    for end in (EndFrame(), CancelFrame()):
        stage = EchoStage()
        assert said(TextFrame("a"), end, stage=stage) == ["a"]
