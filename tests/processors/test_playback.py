import base64
from dataclasses import dataclass

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    TextFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.tests.utils import run_test

from processors.playback import PlaybackProcessor
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    TruncateItemFrame,
)
from tests.processors.in_order import FromBehindFrame, ThenFrame, in_order

STARTED, STOPPED = BotStartedSpeakingFrame.__name__, BotStoppedSpeakingFrame.__name__


@dataclass
class FrozenClock:
    """Time that passes only when told to."""

    now_ms: float = 5000.0

    def passes(self, elapsed_ms: float) -> Frame:
        """The frame at which so much time has passed."""

        def forward() -> None:
            self.now_ms += elapsed_ms

        return ThenFrame(forward)

    def __call__(self) -> float:
        return self.now_ms


def audio(
    duration_ms: int, item: str = "a", response: str = "resp_1", part: int = 0
) -> MulawOutputFrame:
    payload = base64.b64encode(bytes(8 * duration_ms)).decode()
    return MulawOutputFrame(payload, item_id=item, content_index=part, response_id=response)


def mark(number: int, item: str = "a", generation: int = 0) -> MarkFrame:
    return MarkFrame(mark=f"{generation}:{item}:{number}")


async def play(*frames: Frame, clock: FrozenClock | None = None) -> tuple[list[str], list[str]]:
    """What comes out below and above, in a word each."""
    down, up = await run_test(
        in_order(PlaybackProcessor(clock or FrozenClock())), frames_to_send=frames
    )
    return [word(frame) for frame in down], [word(frame) for frame in up]


def word(frame: Frame) -> str:
    match frame:
        case MulawOutputFrame():
            return f"audio of {frame.item_id}"
        case OutputMarkFrame(mark=name):
            return f"mark {name}"
        case TruncateItemFrame(item_id=item, content_index=part, heard_ms=heard_ms):
            return f"truncate {item}/{part} at {heard_ms}"
        case _:
            return type(frame).__name__


async def test_a_mark_goes_behind_every_piece_of_audio() -> None:
    down, up = await play(audio(20), audio(20), audio(20, "b"))
    assert down == [
        STARTED,
        "audio of a",
        "mark 0:a:1",
        "audio of a",
        "mark 0:a:2",
        "audio of b",
        "mark 0:b:3",
    ]
    assert up == [STARTED]


async def test_the_audio_itself_goes_on() -> None:
    frame = audio(20)
    down, _ = await run_test(in_order(PlaybackProcessor()), frames_to_send=[frame])
    assert down[1] is frame


async def test_the_bot_speaks_until_the_last_mark_of_a_complete_answer() -> None:
    down, up = await play(
        TTSStartedFrame(), audio(20), audio(20), mark(1), TTSStoppedFrame(), mark(2)
    )
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "mark 0:a:1",
        "audio of a",
        "mark 0:a:2",
        "TTSStoppedFrame",
        STOPPED,
    ]
    assert up == [STARTED, STOPPED]


async def test_an_underrun_in_the_middle_of_an_answer_is_not_its_end() -> None:
    down, _ = await play(
        TTSStartedFrame(), audio(20), mark(1), audio(20), mark(2), TTSStoppedFrame()
    )
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "mark 0:a:1",
        "audio of a",
        "mark 0:a:2",
        "TTSStoppedFrame",
        STOPPED,
    ]


async def test_the_next_answer_starts_the_bot_again() -> None:
    _, up = await play(audio(20), mark(1), audio(20, "b", "resp_2"), mark(2, "b"))
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
        mark(2, "b"),
    )
    assert up == [STARTED, STOPPED]


async def test_an_answer_without_audio_starts_and_stops_nobody() -> None:
    down, up = await play(TTSStartedFrame(), TTSStoppedFrame())
    assert down == ["TTSStartedFrame", "TTSStoppedFrame"]
    assert up == []


async def test_an_interruption_truncates_at_what_was_heard_and_clears() -> None:
    clock = FrozenClock()
    down, up = await play(
        TTSStartedFrame(), audio(500), clock.passes(120), InterruptionFrame(), clock=clock
    )
    assert up == [STARTED, "truncate a/0 at 120", STOPPED]
    assert down == ["TTSStartedFrame", STARTED, "audio of a", "mark 0:a:1", STOPPED,
                    "InterruptionFrame"]  # fmt: skip


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
        audio(100),
        audio(400),
        clock.passes(180),
        mark(1),
        clock.passes(50),
        InterruptionFrame(),
        clock=clock,
    )
    assert up == [STARTED, "truncate a/0 at 150", STOPPED]


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
    assert down == ["InterruptionFrame", STARTED, "audio of a", "mark 1:a:1", STOPPED,
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
    down, up = await play(
        TTSStartedFrame(),
        audio(500),
        InterruptionFrame(),
        audio(20),
        audio(20, "b"),
        TTSStoppedFrame(),
        TTSStartedFrame(),
        audio(20, "c", "resp_2"),
    )
    assert down == [
        "TTSStartedFrame",
        STARTED,
        "audio of a",
        "mark 0:a:1",
        STOPPED,
        "InterruptionFrame",
        "TTSStoppedFrame",
        "TTSStartedFrame",
        STARTED,
        "audio of c",
        "mark 1:c:2",
    ]
    assert up == [STARTED, "truncate a/0 at 0", STOPPED, STARTED]


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


async def test_marks_are_used_up_and_every_other_frame_goes_on() -> None:
    down, up = await play(
        MarkFrame(mark="somebody else's"),
        TextFrame("hello"),
        MulawInputFrame("//8="),
        FromBehindFrame(TextFrame("upwards")),
    )
    assert down == ["TextFrame", "MulawInputFrame"]
    assert up == ["TextFrame"]


async def test_time_is_that_of_the_machine_unless_told() -> None:
    down, up = await run_test(
        in_order(PlaybackProcessor()), frames_to_send=[audio(60_000), InterruptionFrame()]
    )
    (truncation,) = (frame for frame in up if isinstance(frame, TruncateItemFrame))
    assert 0 <= truncation.heard_ms < 60_000
    assert isinstance(down[-1], InterruptionFrame)
