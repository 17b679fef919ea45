"""The transcript of a call: who said what, which tools ran, what the models were used for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    EndFrame,
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
from pipecat.processors.frame_processor import FrameDirection

from calls.entries import Entry, ToolUse, Turn, Who
from processors.usage import PriceList, model_uses
from telephony.audio_lane import LaneStage


def _now() -> datetime:
    return datetime.now(UTC)


class TranscriptProcessor(LaneStage):
    """Makes an entry of the call's journal from each thing that happened.

    Place it between the line's output and the assistant's aggregator: everything but audio passes
    there, and audio does not wait for it.
    """

    def __init__(
        self,
        add: Callable[[Entry], None],
        prices: PriceList,
        *,
        keep_words: bool = True,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Write the transcript of one call.

        Args:
            add: takes an entry; must not wait.
            prices: of the models.
            keep_words: whether words and what tools were told may be kept.
            now: the time, aware.
        """
        super().__init__(enable_direct_mode=True)
        self._add = add
        self._prices = prices
        self._keep_words = keep_words
        self._now = now
        self._turn_ended_at: datetime | None = None
        self._latency_ms: int | None = None
        self._open_tools: dict[str, ToolUse] = {}

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note what happened; push every frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        match frame:
            case LLMContextUserTurnFrame() if direction is FrameDirection.DOWNSTREAM:
                self._turn("caller", frame.text, frame.timestamp)
            case LLMContextAssistantTurnFrame() if direction is FrameDirection.UPSTREAM:
                self._turn("agent", frame.text, frame.timestamp, self._latency_ms)
                self._latency_ms = None
            case MetricsFrame():
                for use in model_uses(frame, self._prices, self._now()):
                    self._add(use)
            case _ if direction is FrameDirection.DOWNSTREAM:
                self._follow_turns(frame)
                self._follow_tools(frame)
            case _:
                pass

    def _follow_turns(self, frame: Frame) -> None:
        match frame:
            case UserStoppedSpeakingFrame():
                self._turn_ended_at = self._now()
            case InterruptionFrame():
                self._turn_ended_at = None
            case BotStartedSpeakingFrame() if self._turn_ended_at is not None:
                self._latency_ms = _milliseconds(self._turn_ended_at, self._now())
                self._turn_ended_at = None
            case _:
                pass

    def _follow_tools(self, frame: Frame) -> None:
        match frame:
            case FunctionCallInProgressFrame():
                self._begin_tool(frame)
            case FunctionCallResultFrame():
                self._end_tool(frame.tool_call_id, frame.result)
            case FunctionCallCancelFrame():
                self._end_tool(frame.tool_call_id, None)
            case EndFrame() | CancelFrame():
                for tool_call_id in list(self._open_tools):
                    self._end_tool(tool_call_id, None)
            case _:
                pass

    def _turn(self, who: Who, text: str, timestamp: str, latency_ms: int | None = None) -> None:
        at = datetime.fromisoformat(timestamp) if timestamp else self._now()
        self._add(Turn(at, who, text if self._keep_words else "", latency_ms))

    def _begin_tool(self, frame: FunctionCallInProgressFrame) -> None:
        arguments = dict(cast(dict[str, Any], frame.arguments)) if self._keep_words else {}
        self._open_tools[frame.tool_call_id] = ToolUse(
            self._now(), frame.tool_call_id, frame.function_name, arguments
        )

    def _end_tool(self, tool_call_id: str, result: Any) -> None:
        tool = self._open_tools.pop(tool_call_id, None)
        if tool is None:
            return
        if result is not None:
            tool = replace(tool, duration_ms=_milliseconds(tool.at, self._now()))
        # A tool that raised is answered by Pipecat, with a sentence.
        if isinstance(result, dict):
            answer = cast(dict[str, Any], result)
            kept = answer if self._keep_words else None
            tool = replace(tool, result=kept, ok=answer.get("ok") is True)
        self._add(tool)


def _milliseconds(since: datetime, until: datetime) -> int:
    return round((until - since).total_seconds() * 1000)
