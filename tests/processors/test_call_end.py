import asyncio

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    UserStartedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from processors.call_end import CallEndProcessor
from telephony.frames import LeaveFrame
from tests.processors.in_order import ThenFrame, in_order

NEVER = 1000.0
PAUSE = SleepFrame(sleep=0.05)
GOODBYE = LeaveFrame(to_person=False, reason="all was said")
TO_DESK = LeaveFrame(to_person=True, reason="a bill")


async def left(
    *frames: Frame, settle_secs: float = 0.0, longest_secs: float = NEVER
) -> tuple[list[LeaveFrame], list[Frame]]:
    """When the line was left, and what went up to the model."""
    stage = CallEndProcessor(settle_secs=settle_secs, longest_secs=longest_secs)
    leaves: list[LeaveFrame] = []

    @stage.event_handler("on_leave")
    async def on_leave(stage: CallEndProcessor, frame: LeaveFrame) -> None:
        leaves.append(frame)

    _, up = await run_test(in_order(stage), frames_to_send=list(frames))
    await asyncio.sleep(0)
    return leaves, [frame for frame in up if isinstance(frame, LLMMessagesAppendFrame)]


async def test_the_line_is_left_when_the_goodbye_was_heard() -> None:
    early: list[int] = []
    stage = CallEndProcessor(settle_secs=0, longest_secs=NEVER)
    leaves: list[LeaveFrame] = []

    @stage.event_handler("on_leave")
    async def on_leave(stage: CallEndProcessor, frame: LeaveFrame) -> None:
        leaves.append(frame)

    frames = [
        LLMFullResponseStartFrame(),
        GOODBYE,
        PAUSE,
        BotStartedSpeakingFrame(),
        LLMFullResponseEndFrame(),
        PAUSE,
        ThenFrame(lambda: early.append(len(leaves))),
        BotStoppedSpeakingFrame(),
        PAUSE,
    ]
    await run_test(in_order(stage), frames_to_send=frames)
    assert early == [0]
    assert leaves == [GOODBYE]


async def test_without_a_word_more_the_line_is_left_after_a_moment() -> None:
    assert await left(GOODBYE, PAUSE) == ([GOODBYE], [])


async def test_who_speaks_into_the_goodbye_stays_and_the_model_is_told() -> None:
    frames = [BotStartedSpeakingFrame(), GOODBYE, UserStartedSpeakingFrame()]
    leaves, told = await left(*frames, BotStoppedSpeakingFrame(), PAUSE)
    assert leaves == []
    assert len(told) == 1


async def test_who_waits_for_a_person_gets_there_whatever_they_say() -> None:
    frames = [BotStartedSpeakingFrame(), TO_DESK, UserStartedSpeakingFrame()]
    assert await left(*frames, BotStoppedSpeakingFrame(), PAUSE) == ([TO_DESK], [])


async def test_a_person_goes_before_a_goodbye() -> None:
    frames = [BotStartedSpeakingFrame(), TO_DESK, GOODBYE, BotStoppedSpeakingFrame(), PAUSE]
    assert (await left(*frames))[0] == [TO_DESK]


async def test_a_goodbye_that_never_ends_is_cut() -> None:
    frames = [BotStartedSpeakingFrame(), GOODBYE, PAUSE]
    assert (await left(*frames, settle_secs=NEVER, longest_secs=0))[0] == [GOODBYE]


async def test_nobody_is_sent_away_who_was_not_asked_to_leave() -> None:
    frames = [BotStartedSpeakingFrame(), BotStoppedSpeakingFrame(), UserStartedSpeakingFrame()]
    assert await left(*frames, PAUSE) == ([], [])
