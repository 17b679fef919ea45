"""Noise that keeps the caller's turn open leaves nobody unanswered."""

from pipecat.frames.frames import (
    CancelFrame,
    Frame,
    LLMMessagesAppendFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from processors.endless_turn import EndlessTurnProcessor

BEGINS, ENDS = UserStartedSpeakingFrame, UserStoppedSpeakingFrame
WAIT = SleepFrame(0.15)
"""Longer than the first time, shorter than the second."""

ASKED = ["LLMMessagesAppendFrame", "SpeakUpFrame"]


async def watched(*frames: Frame) -> tuple[list[str], bool]:
    """What the processor sends up to the model, and whether it keeps the call."""
    processor = EndlessTurnProcessor(ask_secs=0.1, hand_over_secs=0.25)
    _, up = await run_test(processor, frames_to_send=list(frames))
    told = [frame for frame in up if isinstance(frame, LLMMessagesAppendFrame)]
    assert not any(frame.run_llm for frame in told)
    kinds = [type(frame).__name__ for frame in up]
    return [kind for kind in kinds if kind in (*ASKED, "ErrorFrame")], processor.is_usable


async def test_the_agent_is_asked_and_then_a_person_takes_over() -> None:
    assert await watched(BEGINS(), WAIT, WAIT) == ([*ASKED, "ErrorFrame"], False)


async def test_who_is_handed_over_is_not_asked_again() -> None:
    again = await watched(BEGINS(), WAIT, WAIT, BEGINS(), WAIT)
    assert again == ([*ASKED, "ErrorFrame"], False)
    another = await watched(BEGINS(), WAIT, WAIT, ENDS(), BEGINS(), WAIT)
    assert another == ([*ASKED, "ErrorFrame"], False)


async def test_a_turn_that_ends_after_the_agent_was_asked_is_answered() -> None:
    assert await watched(BEGINS(), WAIT, ENDS(), WAIT) == (ASKED, True)


async def test_many_turns_are_not_one() -> None:
    turns = [BEGINS(), SleepFrame(0.06), ENDS()] * 4
    assert await watched(*turns) == ([], True)


async def test_a_turn_that_is_told_of_twice_began_once() -> None:
    assert await watched(BEGINS(), SleepFrame(0.06), BEGINS(), SleepFrame(0.06)) == (ASKED, True)


async def test_the_end_of_the_call_ends_the_turn() -> None:
    assert await watched(BEGINS(), CancelFrame(), WAIT) == ([], True)
