import asyncio
import time

import pytest
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    TextFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.tests.utils import run_test

from processors.playback import PlaybackProcessor
from telephony.frames import AnswerStalledFrame, MarkFrame, MulawInputFrame
from tests.processors.in_order import FromBehindFrame, ThenFrame, UntilFrame, in_order
from tests.processors.playing import STARTED, STOPPED, FrozenClock, LaneEnd, audio, mark, play, word


async def test_a_mark_goes_behind_half_a_second_and_the_end_of_an_answer() -> None:
    down, _ = await play(
        TTSStartedFrame(),
        *(audio(100, item) for item in "aaabbbc"),
        TTSStoppedFrame(),
    )
    assert [word for word in down if word.startswith(("audio", "mark"))] == [
        *["audio of a"] * 3,
        *["audio of b"] * 2,
        "mark 0:1",
        "audio of b",
        "audio of c",
        "mark 0:2",
    ]


async def test_an_answer_that_ends_at_a_mark_gets_no_second_one() -> None:
    down, _ = await play(TTSStartedFrame(), audio(500), TTSStoppedFrame())
    assert down == ["TTSStartedFrame", STARTED, "audio of a", "mark 0:1", "TTSStoppedFrame"]


async def test_a_mark_goes_behind_each_piece_of_audio_outside_an_answer() -> None:
    down, up = await play(audio(20), audio(20), audio(20, "b"))
    assert down == [
        STARTED,
        "audio of a",
        "mark 0:1",
        "audio of a",
        "mark 0:2",
        "audio of b",
        "mark 0:3",
    ]
    assert up == [STARTED]


async def test_the_audio_itself_goes_on_and_a_queue_may_forget_it_now() -> None:
    frame = audio(20)
    assert not frame.interruptible
    down, _ = await run_test(in_order(PlaybackProcessor()), frames_to_send=[frame])
    assert down[1] is frame
    assert frame.interruptible


async def test_the_bot_speaks_until_the_last_mark_of_a_complete_answer() -> None:
    down, up = await play(TTSStartedFrame(), audio(20), audio(20), TTSStoppedFrame(), mark(1))
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "audio of a",
        "TTSStoppedFrame",
        "mark 0:1",
        STOPPED,
    ]
    assert up == [STARTED, STOPPED]


async def test_an_underrun_in_the_middle_of_an_answer_is_not_its_end() -> None:
    down, _ = await play(
        TTSStartedFrame(), audio(500), mark(1), audio(500), mark(2), TTSStoppedFrame()
    )
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "mark 0:1",
        "audio of a",
        "mark 0:2",
        "TTSStoppedFrame",
        STOPPED,
    ]


async def test_the_next_answer_starts_the_bot_again() -> None:
    _, up = await play(audio(20), mark(1), audio(20, "b", "resp_2"), mark(2))
    assert up == [STARTED, STOPPED, STARTED, STOPPED]


async def test_an_answer_that_begins_while_another_is_heard_goes_on_without_a_stop() -> None:
    _, up = await play(
        TTSStartedFrame(),
        audio(20),
        TTSStoppedFrame(),
        TTSStartedFrame(),
        audio(20, "b", "resp_2"),
        mark(1),
        TTSStoppedFrame(),
        mark(2),
    )
    assert up == [STARTED, STOPPED]


async def test_an_answer_without_audio_starts_and_stops_nobody() -> None:
    down, up = await play(TTSStartedFrame(), TTSStoppedFrame())
    assert down == ["TTSStartedFrame", "TTSStoppedFrame"]
    assert up == []


async def test_marks_that_never_come_are_waited_for_until_the_audio_is_long_over() -> None:
    stage = PlaybackProcessor(grace_ms=40)
    stopped_at: list[float] = []
    stopped = [asyncio.Event(), asyncio.Event()]

    @stage.event_handler("on_after_push_frame")
    async def on_after_push_frame(stage: PlaybackProcessor, frame: Frame) -> None:
        if isinstance(frame, BotStoppedSpeakingFrame) and frame.broadcast_sibling_id:
            stopped_at.append(time.monotonic())
            stopped[(len(stopped_at) - 1) // 2].set()

    answer = [TTSStartedFrame(), audio(60), TTSStoppedFrame()]
    another = [TTSStartedFrame(), audio(60, "b", "resp_2"), TTSStoppedFrame()]
    began = time.monotonic()
    frames = [*answer, UntilFrame(stopped[0]), *another, UntilFrame(stopped[1])]
    await run_test(in_order(stage), frames_to_send=frames)
    assert stopped_at[0] >= began + 0.1
    assert stopped_at[2] >= stopped_at[0] + 0.1


@pytest.mark.parametrize("laned", [False, True])
async def test_an_answer_that_stalls_is_over_when_what_there_is_of_it_was_heard(
    laned: bool,
) -> None:
    stage, end = PlaybackProcessor(grace_ms=40), LaneEnd()
    if laned:
        stage.lead_to([end])
    marked, stopped = asyncio.Event(), asyncio.Event()
    told: list[str] = []

    @stage.event_handler("on_after_push_frame")
    async def on_after_push_frame(stage: PlaybackProcessor, frame: Frame) -> None:
        told.append(type(frame).__name__)
        if isinstance(frame, AnswerStalledFrame):
            marked.set()
        if isinstance(frame, BotStoppedSpeakingFrame):
            stopped.set()

    half = audio(60)
    heard = [ThenFrame(lambda: stage.take(half))] if laned else [TTSStartedFrame(), half]
    frames = [*heard, UntilFrame(marked), mark(1), UntilFrame(stopped)]
    await run_test(in_order(stage), frames_to_send=frames)
    assert told.index("AnswerStalledFrame") < told.index(STOPPED)
    assert end.took == (["audio of a", "mark 0:1"] if laned else [])


async def test_the_rest_of_an_answer_that_stalled_is_truncated_where_it_is_in_the_whole() -> None:
    clock = FrozenClock()
    stage = PlaybackProcessor(clock, grace_ms=40)
    stopped = asyncio.Event()

    @stage.event_handler("on_after_push_frame")
    async def on_after_push_frame(stage: PlaybackProcessor, frame: Frame) -> None:
        if isinstance(frame, BotStoppedSpeakingFrame):
            stopped.set()

    half = [TTSStartedFrame(), audio(600), clock.passes(700), UntilFrame(stopped)]
    rest = [TTSStartedFrame(), audio(600), clock.passes(100), InterruptionFrame()]
    _, up = await run_test(in_order(stage), frames_to_send=[*half, *rest])
    assert [word(frame) for frame in up] == [
        *(STARTED, STOPPED),
        *(STARTED, "truncate a/0 at 700", STOPPED),
    ]


async def test_marks_are_used_up_and_every_other_frame_goes_on() -> None:
    down, up = await play(
        MarkFrame(mark="somebody else's"),
        TextFrame("hello"),
        MulawInputFrame("//8="),
        FromBehindFrame(TextFrame("upwards")),
    )
    assert down == ["TextFrame", "MulawInputFrame"]
    assert up == ["TextFrame"]
