"""What becomes an entry of the journal."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextAssistantTurnFrame,
    LLMContextUserTurnFrame,
    MetricsFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import (
    LLMTokenUsage,
    LLMUsageMetricsData,
    ProcessingMetricsData,
    STTUsage,
    STTUsageMetricsData,
)
from pipecat.tests.utils import run_test

from calls.entries import Entry, ModelUse, Tokens, ToolUse, Turn
from processors.transcript import TranscriptProcessor
from tests.processors.in_order import FromBehindFrame, ThenFrame, in_order

BEGAN = "2026-11-24T10:00:00.250+00:00"
BEGAN_AT = datetime(2026, 11, 24, 10, 0, 0, 250_000, UTC)


class Clock:
    """A time that only a test moves on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 10, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def after(self, ms: int) -> ThenFrame:
        return ThenFrame(lambda: setattr(self, "now", self.now + timedelta(milliseconds=ms)))


class OnePrice:
    """A microdollar a token, two a second; nothing is known of other models."""

    def of_tokens(self, model: str, tokens: Tokens) -> int | None:
        return tokens.text_in + tokens.audio_out if model == "a-model" else None

    def of_audio(self, model: str, secs: float) -> int | None:
        return round(2 * secs) if model == "a-model" else None


async def entries(*frames: Frame, clock: Clock | None = None, **changes: Any) -> list[Entry]:
    kept: list[Entry] = []
    processor = TranscriptProcessor(kept.append, OnePrice(), now=clock or Clock(), **changes)
    await run_test(in_order(processor), frames_to_send=frames)
    return kept


def said(who: str, text: str) -> Frame:
    if who == "caller":
        return LLMContextUserTurnFrame(text=text, timestamp=BEGAN)
    return FromBehindFrame(LLMContextAssistantTurnFrame(text=text, timestamp=BEGAN))


def called(tool_call_id: str = "call_1") -> Frame:
    return FunctionCallInProgressFrame(
        function_name="book_appointment", tool_call_id=tool_call_id, arguments={"name": "Ada"}
    )


def answered(result: Any, tool_call_id: str = "call_1") -> Frame:
    return FunctionCallResultFrame(
        function_name="book_appointment", tool_call_id=tool_call_id, arguments={}, result=result
    )


async def test_an_answer_tells_how_long_the_caller_waited_for_it() -> None:
    clock = Clock()
    kept = await entries(
        said("agent", "Hello!"),
        UserStoppedSpeakingFrame(),
        clock.after(420),
        BotStartedSpeakingFrame(),
        said("caller", "A massage, please."),
        said("agent", "One moment."),
        BotStartedSpeakingFrame(),
        said("agent", "Tuesday at two?"),
        clock=clock,
    )
    turns = [entry for entry in kept if isinstance(entry, Turn)]
    assert [(turn.who, turn.text, turn.latency_ms) for turn in turns] == [
        ("agent", "Hello!", None),
        ("caller", "A massage, please.", None),
        ("agent", "One moment.", 420),
        ("agent", "Tuesday at two?", None),
    ]
    assert {turn.at for turn in turns} == {BEGAN_AT}


async def test_a_turn_is_noted_once_though_its_frame_goes_both_ways() -> None:
    kept = await entries(
        LLMContextUserTurnFrame(text="Hello", timestamp=""),
        FromBehindFrame(LLMContextUserTurnFrame(text="Hello", timestamp="")),
        LLMContextAssistantTurnFrame(text="Hello", timestamp=""),
    )
    assert [entry.at for entry in kept] == [Clock().now]


async def test_who_interrupts_has_not_waited() -> None:
    clock = Clock()
    (turn,) = await entries(
        UserStoppedSpeakingFrame(),
        clock.after(420),
        InterruptionFrame(),
        BotStartedSpeakingFrame(),
        said("agent", "Yes?"),
        clock=clock,
    )
    assert isinstance(turn, Turn)
    assert turn.latency_ms is None


async def test_a_tool_is_noted_with_what_it_was_told_and_what_it_said() -> None:
    clock = Clock()
    (tool,) = await entries(called(), clock.after(35), answered({"ok": True}), clock=clock)
    assert isinstance(tool, ToolUse)
    assert (tool.name, tool.tool_call_id) == ("book_appointment", "call_1")
    assert (tool.arguments, tool.result) == ({"name": "Ada"}, {"ok": True})
    assert (tool.ok, tool.duration_ms) == (True, 35)


async def test_a_tool_that_refused_or_never_answered_says_so() -> None:
    kept = await entries(
        called("call_1"),
        answered({"ok": False, "reason": "closed"}, "call_1"),
        called("call_2"),
        FunctionCallCancelFrame(function_name="book_appointment", tool_call_id="call_2"),
        answered({"ok": True}, "call_2"),
        called("call_3"),
        answered("the tool is broken", "call_3"),
        called("call_4"),
        CancelFrame(),
    )
    tools = [entry for entry in kept if isinstance(entry, ToolUse)]
    assert [(tool.tool_call_id, tool.ok, tool.duration_ms is None) for tool in tools] == [
        ("call_1", False, False),
        ("call_2", None, True),
        ("call_3", None, False),
        ("call_4", None, True),
    ]


async def test_cached_tokens_are_counted_apart_and_once() -> None:
    usage = LLMTokenUsage(
        prompt_tokens=132,
        completion_tokens=121,
        total_tokens=253,
        cache_read_input_tokens=74,
        input_audio_tokens=13,
        output_audio_tokens=91,
        cache_read_input_audio_tokens=10,
    )
    data = LLMUsageMetricsData(processor="llm", model="a-model", value=usage)
    (use,) = await entries(MetricsFrame(data=[data]))
    assert isinstance(use, ModelUse)
    assert use.tokens == Tokens(55, 3, 64, 10, 30, 91)
    assert (use.model, use.cost_microdollars) == ("a-model", 55 + 91)


async def test_a_model_that_tells_little_is_counted_as_far_as_it_does() -> None:
    usage = LLMTokenUsage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
    data = LLMUsageMetricsData(processor="llm", model="another", value=usage)
    (use,) = await entries(MetricsFrame(data=[data]))
    assert isinstance(use, ModelUse)
    assert use.tokens == Tokens(text_in=10, text_out=5)
    assert use.cost_microdollars is None


async def test_transcription_is_counted_by_the_second() -> None:
    data = STTUsageMetricsData(processor="llm", model="a-model", value=STTUsage(audio_seconds=2.5))
    other = ProcessingMetricsData(processor="llm", model="a-model", value=0.1)
    (use,) = await entries(MetricsFrame(data=[data, other]))
    assert isinstance(use, ModelUse)
    assert (use.heard_secs, use.cost_microdollars) == (2.5, 5)


async def test_without_transcripts_it_is_noted_that_not_what() -> None:
    turn, tool = await entries(
        said("caller", "I am Ada."),
        called(),
        answered({"ok": True, "name": "Ada"}),
        keep_words=False,
    )
    assert isinstance(turn, Turn)
    assert isinstance(tool, ToolUse)
    assert (turn.who, turn.text) == ("caller", "")
    assert (tool.name, tool.arguments, tool.result, tool.ok) == ("book_appointment", {}, None, True)
