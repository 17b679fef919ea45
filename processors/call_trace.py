"""What the trace of a call shows besides Pipecat's spans: tools, and how long the caller waits."""

from typing import TYPE_CHECKING, Any, cast

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.observers.turn_tracking_observer import TurnTrackingObserver
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.tracing.setup import is_tracing_available
from pipecat.utils.tracing.turn_trace_observer import TurnTraceObserver

if TYPE_CHECKING or is_tracing_available():
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, Span, get_tracer, set_span_in_context


def trace_call(worker: PipelineWorker) -> None:
    """Add our spans to the trace of a call, if Pipecat makes one."""
    turns, tracker = worker.turn_trace_observer, worker.turn_tracking_observer
    if turns and tracker:
        worker.add_observer(CallTraceObserver(turns, tracker))


class CallTraceObserver(BaseObserver):
    """Adds spans to the turns of Pipecat's trace.

    `execute_tool NAME`, as OpenTelemetry names it, is a tool from its call to its result;
    `caller waits` is the time from the end of the caller's turn to the first audio of the answer.
    """

    def __init__(self, turns: TurnTraceObserver, tracker: TurnTrackingObserver) -> None:
        """Trace one call.

        Args:
            turns: traces its turns.
            tracker: counts them.
        """
        super().__init__(observe_every_push=False)
        self._turns = turns
        self._turn_number = 0
        self._tools: dict[str, Span] = {}
        self._wait: Span | None = None
        self._tracer = get_tracer("spaline")

        @tracker.event_handler("on_turn_started")
        async def on_turn_started(tracker: TurnTrackingObserver, number: int) -> None:
            self._turn_number = number

    async def on_push_frame(self, data: FramePushed) -> None:
        """Begin and end spans; what is broadcast is looked at once."""
        if data.direction is FrameDirection.DOWNSTREAM:
            self._follow(data.frame)

    def _follow(self, frame: Frame) -> None:
        match frame:
            case UserStoppedSpeakingFrame():
                self._wait = self._begin("caller waits")
            case InterruptionFrame():
                self._wait = None  # nobody waits any more, so there is nothing to tell
            case BotStartedSpeakingFrame() if self._wait:
                self._wait.end()
                self._wait = None
            case FunctionCallInProgressFrame():
                span = self._begin(f"execute_tool {frame.function_name}")
                span.set_attribute("gen_ai.operation.name", "execute_tool")
                span.set_attribute("gen_ai.tool.name", frame.function_name)
                span.set_attribute("gen_ai.tool.call.id", frame.tool_call_id)
                self._tools[frame.tool_call_id] = span
            case FunctionCallResultFrame():
                self._end_tool(frame.tool_call_id, _result(frame.result))
            case FunctionCallCancelFrame():
                self._end_tool(frame.tool_call_id, "unanswered")
            case _:
                pass

    async def cleanup(self) -> None:
        """End what the end of the call cut off."""
        for tool_call_id in list(self._tools):
            self._end_tool(tool_call_id, "unanswered")
        await super().cleanup()

    def _begin(self, name: str) -> "Span":
        return self._tracer.start_span(name, context=self._turn())

    def _turn(self) -> "Context | None":
        """The turn that is, or else was last: it ends while the agent is silent."""
        turn = self._turns.get_current_turn_context() or self._turns.get_turn_context(
            self._turn_number
        )
        return set_span_in_context(NonRecordingSpan(turn)) if turn else None

    def _end_tool(self, tool_call_id: str, result: str) -> None:
        if span := self._tools.pop(tool_call_id, None):
            span.set_attribute("spaline.result", result)
            span.end()


def _result(result: Any) -> str:
    """Whether a tool did what it was called for; if not, the reason, which is one of a few."""
    if not isinstance(result, dict):
        return "failed"
    answer = cast(dict[str, Any], result)
    return "ok" if answer.get("ok") is True else str(answer.get("reason"))
