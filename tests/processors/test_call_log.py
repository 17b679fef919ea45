import re
from typing import Any

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    InterruptionFrame,
    LLMContextAssistantTurnFrame,
    LLMContextUserTurnFrame,
    TextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.tests.utils import run_test

from processors.call_log import CallLogProcessor
from telephony.frames import (
    MulawInputFrame,
    MulawOutputFrame,
    StreamStartedFrame,
    StreamStoppedFrame,
)
from telephony.media_stream import MediaStream, Start
from tests.processors.in_order import FromBehindFrame, in_order

PHONE = "+16175551212"
START = Start("MZ1", "CA1", "AC1", {"customerPhone": PHONE, "name": "Ada Lovelace"})
NOW = "2026-11-24T10:00:00.000+00:00"


def behind(*frames: Frame) -> list[Frame]:
    """Frames that come up from the stages behind the log."""
    return [FromBehindFrame(frame) for frame in frames]


def called(arguments: dict[str, Any]) -> FunctionCallInProgressFrame:
    return FunctionCallInProgressFrame(
        function_name="book_appointment", tool_call_id="call_1", arguments=arguments
    )


def answered(result: dict[str, Any]) -> FunctionCallResultFrame:
    return FunctionCallResultFrame(
        function_name="book_appointment", tool_call_id="call_1", arguments={}, result=result
    )


CONVERSATION: list[Frame] = [
    StreamStartedFrame(START),
    MulawInputFrame("//8="),
    MulawInputFrame("//8="),
    *behind(
        BotStartedSpeakingFrame(),
        LLMContextAssistantTurnFrame(text="Hello Ada!", timestamp=NOW),
        UserStoppedSpeakingFrame(),
        LLMContextUserTurnFrame(text="A massage for Ada, please.", timestamp=NOW),
        called({"service": "massage", "name": "Ada Lovelace"}),
        answered({"ok": True, "customer": "Ada Lovelace"}),
        BotStartedSpeakingFrame(),
    ),
    InputDTMFFrame(button=KeypadEntry.FIVE),
    StreamStoppedFrame(),
]


@pytest.fixture
def stream() -> MediaStream:
    stream = MediaStream()
    stream.bytes_in, stream.bytes_out, stream.missed_messages = 320, 640, 3
    stream.faults["UnknownEvent"] = 2
    return stream


async def log(
    stream: MediaStream, *frames: Frame, log_speech: bool = False, caller: str | None = PHONE
) -> CallLogProcessor:
    processor = CallLogProcessor(stream, caller=caller, log_speech=log_speech)
    await run_test(in_order(processor), frames_to_send=frames)
    return processor


def timeless(lines: list[str]) -> list[str]:
    """The lines with a T for every duration."""
    return [re.sub(r"[0-9.]+ (s|ms)\b|\[[0-9, ]+\] ms", "T", line) for line in lines]


async def test_a_call_is_one_line_for_each_thing_that_happened(
    stream: MediaStream, log_lines: list[str]
) -> None:
    processor = await log(stream, *CONVERSATION)
    assert timeless(log_lines) == [
        "INFO Stream MZ1 started, caller ...12",
        "INFO First word to the caller after T",
        "INFO Agent spoke, 10 characters",
        "INFO Caller spoke, 26 characters",
        "INFO Tool book_appointment called: not logged",
        "INFO Tool book_appointment answered: not logged",
        "INFO Caller pressed a key",
        "INFO Stream stopped by the line",
        "INFO Call ended after T: first word after T, 1 turns, latencies T, 1 tool calls, "
        "320 bytes in, "
        "640 bytes out, 3 messages missed, faults {'UnknownEvent': 2}",
    ]
    assert processor.first_word_ms is not None
    (latency_ms,) = processor.turn_latencies_ms
    assert 0 <= latency_ms < 10_000


async def test_no_number_no_name_and_no_speech_is_logged(
    stream: MediaStream, log_lines: list[str]
) -> None:
    await log(stream, *CONVERSATION)
    text = "\n".join(log_lines)
    for secret in (PHONE, PHONE[2:], "Ada", "Lovelace", "massage", "Hello", "FIVE"):
        assert secret not in text


async def test_speech_and_arguments_are_logged_when_allowed(
    stream: MediaStream, log_lines: list[str]
) -> None:
    await log(stream, *CONVERSATION, log_speech=True)
    assert [line for line in log_lines if "Ada" in line] == [
        "INFO Agent: Hello Ada!",
        "INFO Caller: A massage for Ada, please.",
        "INFO Tool book_appointment called: {'service': 'massage', 'name': 'Ada Lovelace'}",
        "INFO Tool book_appointment answered: {'ok': True, 'customer': 'Ada Lovelace'}",
    ]
    assert PHONE not in "\n".join(log_lines)


async def test_speech_with_braces_is_logged_as_it_is(
    stream: MediaStream, log_lines: list[str]
) -> None:
    frame = LLMContextUserTurnFrame(text="{0} {name} <red>", timestamp=NOW)
    await log(stream, *behind(frame), log_speech=True)
    assert log_lines[0] == "INFO Caller: {0} {name} <red>"


async def test_a_withheld_number_is_told(stream: MediaStream, log_lines: list[str]) -> None:
    await log(stream, StreamStartedFrame(START), caller=None)
    assert log_lines[0] == "INFO Stream MZ1 started, caller withheld"


async def test_audio_gets_no_line(stream: MediaStream, log_lines: list[str]) -> None:
    await log(stream, *(MulawInputFrame("//8=") for _ in range(100)))
    assert timeless(log_lines)[0].startswith("INFO Call ended")


async def test_a_latency_is_from_the_end_of_a_turn_to_the_answer(stream: MediaStream) -> None:
    turn = behind(UserStoppedSpeakingFrame(), BotStartedSpeakingFrame())
    processor = await log(stream, *turn, *turn)
    assert len(processor.turn_latencies_ms) == 2


async def test_an_answer_that_nobody_asked_for_has_no_latency(stream: MediaStream) -> None:
    frames = behind(BotStartedSpeakingFrame(), BotStartedSpeakingFrame())
    assert (await log(stream, *frames)).turn_latencies_ms == []


async def test_a_turn_that_the_caller_takes_up_again_has_no_latency(stream: MediaStream) -> None:
    frames = behind(UserStoppedSpeakingFrame(), InterruptionFrame(), BotStartedSpeakingFrame())
    assert (await log(stream, *frames)).turn_latencies_ms == []


async def test_a_cancelled_call_is_summed_up_too(stream: MediaStream, log_lines: list[str]) -> None:
    processor = CallLogProcessor(stream, caller=None, log_speech=False)
    await run_test(processor, frames_to_send=[CancelFrame()], send_end_frame=False)
    assert [line for line in log_lines if "Call ended" in line]


async def test_every_frame_goes_on(stream: MediaStream) -> None:
    down_frames = [TextFrame("down"), *CONVERSATION[:3], MulawOutputFrame("//8=")]
    up_frames = [TextFrame("up"), UserStoppedSpeakingFrame(), BotStartedSpeakingFrame()]
    down, up = await run_test(
        in_order(CallLogProcessor(stream, caller=PHONE, log_speech=False)),
        frames_to_send=[*down_frames, *behind(*up_frames)],
    )
    assert list(down) == down_frames
    assert list(up) == up_frames


async def test_the_first_word_is_told_once_and_as_early_as_anybody_knows(
    stream: MediaStream,
) -> None:
    told: list[float] = []
    processor = CallLogProcessor(stream, caller=None, log_speech=False, first_word=told.append)
    processor.spoke()
    first = processor.first_word_ms
    await run_test(in_order(processor), frames_to_send=behind(BotStartedSpeakingFrame()))
    assert [round(secs * 1000) for secs in told] == [first]
