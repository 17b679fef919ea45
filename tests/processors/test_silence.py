from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from processors.silence import GOODBYE, STILL_THERE, SilenceProcessor
from tests.processors.told import told

PAUSE = SleepFrame(sleep=0.05)
AGENT: list[Frame] = [BotStartedSpeakingFrame(), BotStoppedSpeakingFrame(), PAUSE]
CALLER: list[Frame] = [UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()]


async def seen(*frames: Frame, silence_secs: float = 0.001) -> list[str]:
    down, _ = await run_test(SilenceProcessor(silence_secs), frames_to_send=list(frames))
    return told(down)


async def test_a_silent_caller_is_asked_once_and_then_wished_well() -> None:
    assert await seen(*AGENT, *AGENT) == [STILL_THERE, GOODBYE, "leave"]


async def test_after_the_goodbye_nothing_more_is_said() -> None:
    assert await seen(*AGENT, *AGENT, *AGENT) == [STILL_THERE, GOODBYE, "leave"]
    back = await seen(*AGENT, *AGENT, *CALLER, *AGENT)
    assert back == [STILL_THERE, GOODBYE, "leave", STILL_THERE]


async def test_a_word_in_between_begins_anew() -> None:
    assert await seen(*AGENT, *CALLER, *AGENT) == [STILL_THERE, STILL_THERE]


async def test_while_the_agent_speaks_nobody_is_silent() -> None:
    assert await seen(BotStartedSpeakingFrame(), PAUSE) == []


async def test_a_short_silence_is_none() -> None:
    assert await seen(*AGENT, silence_secs=1000) == []
