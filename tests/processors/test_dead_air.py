from collections.abc import Sequence

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallResultProperties,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    TTSStartedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from processors.dead_air import DeadAirProcessor
from telephony.frames import AnswerStalledFrame, SpeakUpFrame, StreamStartedFrame
from telephony.media_stream import Start

STARTED = StreamStartedFrame(Start("MZ1", "CA1", "AC1", {}))
CALLED = FunctionCallInProgressFrame("book_appointment", "call_1", {})
RESULT = FunctionCallResultFrame("book_appointment", "call_1", {}, {"ok": True})
ASK_SECS, HAND_OVER_SECS = 0.1, 0.25
PAUSE = SleepFrame(0.4)
"""Longer than the caller's patience."""


async def watched(*frames: Frame) -> tuple[list[str], bool]:
    """What the processor sends up to the model, and whether it gives the call away."""
    processor = DeadAirProcessor(ask_secs=ASK_SECS, hand_over_secs=HAND_OVER_SECS)
    _, up = await run_test(processor, frames_to_send=list(frames))
    kinds = [type(frame).__name__ for frame in up]
    return [kind for kind in kinds if kind in ("SpeakUpFrame", "ErrorFrame")], processor.is_usable


GIVEN_AWAY = ([SpeakUpFrame.__name__, "ErrorFrame"], False)
LEFT_ALONE: tuple[Sequence[str], bool] = ([], True)


async def test_a_greeting_that_does_not_come_is_asked_for_and_then_a_person_takes_over() -> None:
    assert await watched(STARTED, PAUSE) == GIVEN_AWAY


async def test_a_word_that_is_not_answered_is_asked_about() -> None:
    spoken = (UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    assert await watched(*spoken, PAUSE) == GIVEN_AWAY


async def test_a_note_to_the_model_that_is_not_answered_is_asked_about() -> None:
    assert await watched(LLMMessagesAppendFrame([], run_llm=True), PAUSE) == GIVEN_AWAY


async def test_a_note_that_wants_no_answer_is_not() -> None:
    assert await watched(LLMMessagesAppendFrame([], run_llm=False), PAUSE) == LEFT_ALONE


async def test_who_hears_the_agent_or_speaks_does_not_wait() -> None:
    heard = (TTSStartedFrame(), BotStartedSpeakingFrame())
    assert await watched(STARTED, *heard, PAUSE) == LEFT_ALONE
    assert await watched(STARTED, *heard, BotStoppedSpeakingFrame(), PAUSE) == LEFT_ALONE
    assert await watched(STARTED, UserStartedSpeakingFrame(), PAUSE) == LEFT_ALONE


async def test_a_tool_at_work_is_waited_for_after_every_word_of_the_agent() -> None:
    words = (TTSStartedFrame(), BotStartedSpeakingFrame(), BotStoppedSpeakingFrame())
    assert await watched(CALLED, *words, PAUSE) == GIVEN_AWAY


async def test_a_result_that_is_not_spoken_of_is_asked_about() -> None:
    assert await watched(CALLED, RESULT, PAUSE) == GIVEN_AWAY
    silent = FunctionCallResultFrame("end_call", "call_1", {}, {})
    silent.properties = FunctionCallResultProperties(run_llm=False)
    assert await watched(CALLED, silent, PAUSE) == LEFT_ALONE


async def test_a_tool_that_the_caller_cut_off_is_not_waited_for() -> None:
    cut_off = (UserStartedSpeakingFrame(), FunctionCallCancelFrame("list_treatments", "call_1"))
    answer = (UserStoppedSpeakingFrame(), TTSStartedFrame(), BotStartedSpeakingFrame())
    heard = (*answer, BotStoppedSpeakingFrame(), PAUSE)
    assert await watched(CALLED, *cut_off, *heard) == LEFT_ALONE


async def test_who_has_heard_half_an_answer_waits_for_the_rest_as_long_as_it_is_owed() -> None:
    half = (TTSStartedFrame(), BotStartedSpeakingFrame(), AnswerStalledFrame())
    stalled = (*half, BotStoppedSpeakingFrame())
    assert await watched(*stalled, PAUSE) == GIVEN_AWAY
    assert await watched(*stalled, TTSStartedFrame(), PAUSE) == LEFT_ALONE
    assert await watched(*stalled, LLMFullResponseEndFrame(), PAUSE) == LEFT_ALONE


async def test_who_is_asked_in_place_of_a_stalled_answer_owes_another_one() -> None:
    half = (TTSStartedFrame(), BotStartedSpeakingFrame(), AnswerStalledFrame())
    cancelled = (BotStoppedSpeakingFrame(), SleepFrame(0.15), LLMFullResponseEndFrame(), PAUSE)
    assert await watched(*half, *cancelled) == GIVEN_AWAY


async def test_an_answer_that_begins_while_a_filler_plays_is_an_answer() -> None:
    filler = (TTSStartedFrame(), BotStartedSpeakingFrame())
    answer = (TTSStartedFrame(), BotStoppedSpeakingFrame())
    assert await watched(CALLED, *filler, RESULT, *answer, PAUSE) == LEFT_ALONE


async def test_the_answer_takes_the_call_back_before_it_is_given_away() -> None:
    answered = (SleepFrame(0.15), TTSStartedFrame(), BotStartedSpeakingFrame(), PAUSE)
    assert await watched(STARTED, *answered) == ([SpeakUpFrame.__name__], True)
