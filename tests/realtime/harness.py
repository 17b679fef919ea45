"""The service alone in a running pipeline, against the model simulator over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pipecat.frames.frames import ErrorFrame, Frame, LLMRunFrame, StartFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.turns.user_start import ExternalUserTurnStartStrategy
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner
from websockets.asyncio.client import ClientConnection

from calls.trouble import ModelTrouble
from realtime.connection import open_connection
from realtime.greeting import GreetingRealtimeLLMService
from realtime.recording import Recording
from realtime.service import MulawRealtimeLLMService
from realtime.session import SessionOptions
from realtime.tool_set import ToolSet
from simulator.realtime import Conversation, Output

MODEL = "gpt-realtime-2.1"
PATIENCE_SECS = 10.0
CONTEXT: list[LLMContextMessage] = [{"role": "developer", "content": "The caller is known."}]

F = TypeVar("F", bound=Frame)


class Script:
    """An agent that gives one list of outputs for each response, then nothing."""

    def __init__(self, *responses: Sequence[Output], heard: str = "hello") -> None:
        self.conversations: list[Conversation] = []
        self._responses = list(responses)
        self._heard = heard

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.conversations.append(conversation)
        return self._responses.pop(0) if self._responses else []

    def transcribe(self, turn: int) -> str | None:
        return self._heard


class Catcher(FrameProcessor):
    """Remembers the frames that pass, and lets a test wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._arrived = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        await self.note(frame)

    async def note(self, frame: Frame) -> None:
        async with self._arrived:
            self.frames.append(frame)
            self._arrived.notify_all()

    def of(self, kind: type[F]) -> list[F]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECS), self._arrived:
            await self._arrived.wait_for(lambda: bool(condition()))


async def soon(condition: Callable[[], object]) -> None:
    """Let the other side of a socket work until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECS):
        while not condition():  # noqa: ASYNC110  the other side has no event to wait for
            await asyncio.sleep(0.005)


class Talk:
    """What a test may touch of a running service."""

    def __init__(self, llm: MulawRealtimeLLMService, worker: PipelineWorker) -> None:
        self.llm = llm
        self.worker = worker
        self.caught = Catcher()
        self.errors: list[str] = []
        self.trouble: list[str] = []
        self.reconnecting, self.may_reconnect = asyncio.Event(), asyncio.Event()
        self.may_reconnect.set()

    async def until_lost(self) -> str:
        """The reason for which the service became unusable."""
        await self.caught.until(lambda: self.errors)
        return self.errors[0]


@asynccontextmanager
async def talk(  # noqa: PLR0913  what a call may be like
    url: str,
    *,
    tools: list[Any] | None = None,
    refused: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    options: SessionOptions | None = None,
    api_key: str = "sk-test",
    configure_secs: float = 5.0,
    greet: bool = True,
    early: bool | Recording = False,
    behind: Sequence[FrameProcessor] = (),
) -> AsyncGenerator[Talk]:
    """Run the service; with `greet` the model is asked for its first words, perhaps `early`.

    What is `behind` it stands before the assistant's aggregator.

    A recording is said early in place of the model's first words.
    """

    def connect() -> Coroutine[Any, Any, ClientConnection]:
        return open_connection(url, model=MODEL, api_key=api_key)

    async def reconnect() -> ClientConnection:
        running.reconnecting.set()
        await running.may_reconnect.wait()
        return await connect()

    opening = asyncio.create_task(connect())
    llm = GreetingRealtimeLLMService(
        connection=lambda: opening,
        reconnection=reconnect,
        options=options or SessionOptions(),
        model=MODEL,
        instructions="You answer the phone.",
        tools=ToolSet(tools or []),
        refused=refused,
        configure_secs=configure_secs,
    )
    if early:
        recording = early if isinstance(early, Recording) else None
        await llm.greet(LLMContext([*CONTEXT]), recording)
    user, assistant = LLMContextAggregatorPair(
        LLMContext([*CONTEXT]),
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                start=[ExternalUserTurnStartStrategy()],
                stop=[ExternalUserTurnStopStrategy(wait_for_transcript=False)],
            )
        ),
    )
    catcher = Catcher()
    worker = PipelineWorker(
        Pipeline([user, llm, catcher, *behind, assistant]),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
    )
    running = Talk(llm, worker)
    running.caught = catcher

    @llm.event_handler("on_trouble")
    async def on_trouble(llm: MulawRealtimeLLMService, kind: ModelTrouble) -> None:
        running.trouble.append(kind)

    @worker.event_handler("on_pipeline_error")
    async def on_pipeline_error(worker: PipelineWorker, frame: ErrorFrame) -> None:
        if frame.processor and not frame.processor.is_usable:
            running.errors.append(frame.error)
        await catcher.note(frame)

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    task = asyncio.create_task(runner.run())
    try:
        await catcher.until(lambda: catcher.of(StartFrame))
        if greet:
            await worker.queue_frame(LLMRunFrame())
        yield running
    finally:
        await worker.cancel()
        await task
        opening.cancel()
