from pipecat.frames.frames import Frame
from pipecat.tests.utils import SleepFrame, run_test

from processors.time_limit import ONE_MINUTE, TIME_IS_UP, TimeLimitProcessor
from telephony.frames import StreamStartedFrame
from telephony.media_stream import Start
from tests.processors.told import told

START = Start("MZ1", "CA1", "AC1", {})
PAUSE = SleepFrame(sleep=0.1)


async def seen(limit_secs: float, *frames: Frame, warning_secs: float = 0.0) -> list[str]:
    stage = TimeLimitProcessor(limit_secs, warning_secs=warning_secs)
    down, _ = await run_test(stage, frames_to_send=list(frames))
    return told(down)


async def test_the_end_is_announced_and_then_a_person_takes_over() -> None:
    heard = await seen(0, StreamStartedFrame(START), PAUSE)
    assert heard == [ONE_MINUTE, TIME_IS_UP, "leave to a person"]


async def test_before_the_last_minute_nothing_is_said() -> None:
    assert await seen(900, StreamStartedFrame(START), PAUSE, warning_secs=60) == []


async def test_the_last_minute_is_left_to_the_caller() -> None:
    heard = await seen(60, StreamStartedFrame(START), PAUSE, warning_secs=60)
    assert heard == [ONE_MINUTE]


async def test_a_call_that_never_starts_has_no_limit() -> None:
    assert await seen(0, PAUSE) == []
