import asyncio

import pytest
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    TextFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.tests.utils import run_test

from processors.playback import PlaybackProcessor
from telephony.frames import (
    BargeInFrame,
    MulawOutputFrame,
    SessionLostFrame,
    TruncateItemFrame,
)
from tests.processors.in_order import in_order
from tests.processors.playing import STARTED, STOPPED, FrozenClock, audio, mark, play, word


async def test_an_interruption_truncates_at_what_was_heard_and_clears() -> None:
    clock = FrozenClock()
    down, up = await play(
        TTSStartedFrame(), audio(500), clock.passes(120), InterruptionFrame(), clock=clock
    )
    assert up == [STARTED, "truncate a/0 at 120", STOPPED]
    assert down == ["TTSStartedFrame", STARTED, "audio of a", "mark 0:1", "InterruptionFrame",
                    STOPPED]  # fmt: skip


async def test_every_unheard_item_is_truncated_in_order() -> None:
    clock = FrozenClock()
    _, up = await play(
        audio(100),
        audio(100, part=1),
        audio(100, "b"),
        clock.passes(130),
        InterruptionFrame(),
        clock=clock,
    )
    assert up == [STARTED, "truncate a/1 at 30", "truncate b/0 at 0", STOPPED]


async def test_marks_correct_the_clock() -> None:
    clock = FrozenClock()
    _, up = await play(
        audio(200), audio(300), clock.passes(150), mark(1), InterruptionFrame(), clock=clock
    )
    assert up == [STARTED, "truncate a/0 at 200", STOPPED]


@pytest.mark.parametrize("elapsed_ms", [500, 60_000])
async def test_what_was_heard_to_the_end_is_not_truncated(elapsed_ms: float) -> None:
    clock = FrozenClock()
    _, up = await play(audio(500), clock.passes(elapsed_ms), InterruptionFrame(), clock=clock)
    assert up == [STARTED, STOPPED]


async def test_an_interruption_in_silence_only_goes_on() -> None:
    down, up = await play(
        InterruptionFrame(), audio(20), mark(1, generation=1), InterruptionFrame()
    )
    assert up == [STARTED, STOPPED]
    assert down == ["InterruptionFrame", STARTED, "audio of a", "mark 1:1", STOPPED,
                    "InterruptionFrame"]  # fmt: skip


async def test_a_second_interruption_truncates_nothing_again() -> None:
    clock = FrozenClock()
    _, up = await play(
        audio(500),
        clock.passes(100),
        InterruptionFrame(),
        clock.passes(50),
        InterruptionFrame(),
        clock=clock,
    )
    assert up == [STARTED, "truncate a/0 at 100", STOPPED]


async def test_audio_of_an_interrupted_answer_that_comes_late_is_dropped() -> None:
    clock = FrozenClock()
    down, up = await play(
        TTSStartedFrame(),
        audio(500),
        clock.passes(100),
        InterruptionFrame(),
        audio(20),
        audio(20, "b"),
        TTSStoppedFrame(),
        TTSStartedFrame(),
        audio(20, "c", "resp_2"),
        clock=clock,
    )
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "mark 0:1",
        "InterruptionFrame",
        STOPPED,
        "TTSStoppedFrame",
        "TTSStartedFrame",
        STARTED,
        "audio of c",
    ]
    assert up == [STARTED, "truncate a/0 at 100", STOPPED, "truncate b/0 at 0", STARTED]


async def test_late_audio_of_an_item_that_was_heard_so_far_truncates_it_once() -> None:
    clock = FrozenClock()
    down, up = await play(
        TTSStartedFrame(),
        audio(500),
        clock.passes(500),
        mark(1),
        InterruptionFrame(),
        audio(200),
        audio(200),
        clock=clock,
    )
    assert down.count("audio of a") == 1
    assert up == [STARTED, STOPPED, "truncate a/0 at 500"]


async def test_an_interruption_knows_of_an_answer_that_was_not_heard_of_yet() -> None:
    down, up = await play(
        audio(500),
        mark(1),
        BargeInFrame(response_id="resp_2"),
        audio(20, "b", "resp_2"),
        audio(20, "c", "resp_3"),
    )
    assert "audio of b" not in down
    assert "audio of c" in down
    assert up == [STARTED, STOPPED, "truncate b/0 at 0", STARTED]


async def test_audio_that_an_interruption_overtook_is_dropped_whatever_answer_it_is_of() -> None:
    overtaken = [audio(20), audio(20, "b", "resp_2")]
    down, up = await play(
        audio(500), InterruptionFrame(), *overtaken, audio(20, "b", "resp_2"), audio(20, "c", "r3")
    )
    assert [word for word in down if word.startswith("audio")] == ["audio of a", "audio of c"]
    assert up == [STARTED, "truncate a/0 at 0", STOPPED, "truncate b/0 at 0", STARTED]


class BusyProcessor(FrameProcessor):
    """A stage that is at work on some text until the caller speaks into what waits behind it."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame):
            while not self.has_queued_frame(MulawOutputFrame):  # noqa: ASYNC110  no event tells
                await asyncio.sleep(0.001)
            await self.queue_frame(InterruptionFrame())
            await asyncio.Event().wait()
        await self.push_frame(frame, direction)


async def test_audio_that_a_stage_before_has_in_its_queue_is_not_forgotten() -> None:
    pipeline = Pipeline([BusyProcessor(), PlaybackProcessor(FrozenClock())])
    down, up = await run_test(pipeline, frames_to_send=[TextFrame("hello"), audio(500), audio(500)])
    assert not [frame for frame in down if isinstance(frame, MulawOutputFrame)]
    assert [word(frame) for frame in up] == ["truncate a/0 at 0"]


async def test_two_interruptions_within_100_ms_keep_late_audio_out_and_truncate_once() -> None:
    clock = FrozenClock()
    down, up = await play(
        audio(500),
        clock.passes(100),
        InterruptionFrame(),
        clock.passes(60),
        InterruptionFrame(),
        audio(20),
        clock=clock,
    )
    assert down.count("audio of a") == 1
    assert up == [STARTED, "truncate a/0 at 100", STOPPED]


async def test_audio_that_the_model_does_not_have_is_cleared_but_not_truncated() -> None:
    clock = FrozenClock()
    down, up = await play(
        audio(500, item="", response=""),
        clock.passes(100),
        InterruptionFrame(),
        audio(20, "b", "resp_1"),
        clock=clock,
    )
    assert "InterruptionFrame" in down
    assert "audio of b" in down
    assert up == [STARTED, STOPPED, STARTED]


async def test_what_an_old_session_said_is_not_truncated_in_a_new_one() -> None:
    clock = FrozenClock()
    _, up = await play(
        TTSStartedFrame(),
        audio(700),
        SessionLostFrame(),
        TTSStartedFrame(),
        audio(500, "b", "resp_2"),
        clock.passes(100),
        InterruptionFrame(),
        clock=clock,
    )
    assert up == [STARTED, "truncate b/0 at 0", STOPPED]


async def test_an_answer_that_a_lost_session_cut_short_ends_with_what_came_of_it() -> None:
    down, up = await play(TTSStartedFrame(), audio(200), SessionLostFrame(), mark(1))
    assert down == ["TTSStartedFrame", STARTED, "audio of a", "SessionLostFrame", "mark 0:1",
                    STOPPED]  # fmt: skip
    assert up == [STARTED, STOPPED]


async def test_audio_without_a_response_is_never_taken_for_late() -> None:
    down, _ = await play(audio(20, response=""), InterruptionFrame(), audio(20, response=""))
    assert down.count("audio of a") == 2


async def test_marks_that_a_clear_sends_back_say_nothing_of_the_next_answer() -> None:
    clock = FrozenClock()
    _, up = await play(
        audio(500),
        clock.passes(100),
        InterruptionFrame(),
        audio(300, "b", "resp_2"),
        mark(1),
        clock.passes(70),
        InterruptionFrame(),
        clock=clock,
    )
    assert up == [STARTED, "truncate a/0 at 100", STOPPED, STARTED, "truncate b/0 at 70", STOPPED]


async def test_an_interruption_is_pushed_on_before_anything_else_is_done_about_it() -> None:
    down, _ = await play(TTSStartedFrame(), audio(500), InterruptionFrame())
    assert down.index("InterruptionFrame") < down.index(STOPPED)


async def test_time_is_that_of_the_machine_unless_told() -> None:
    down, up = await run_test(
        in_order(PlaybackProcessor()), frames_to_send=[audio(60_000), InterruptionFrame()]
    )
    (truncation,) = (frame for frame in up if isinstance(frame, TruncateItemFrame))
    assert 0 <= truncation.heard_ms < 60_000
    assert isinstance(down[-2], InterruptionFrame)
