"""A call whose agent echoes, on the audio lane when it is open."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import WebSocket
from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection

from telephony.audio_lane import LaneStage
from telephony.call_socket import CallSocket
from telephony.frames import MulawInputFrame, MulawOutputFrame
from telephony.handshake import read_start
from telephony.media_stream import MediaStream
from telephony.serializer import MediaStreamSerializer
from telephony.transport import MediaStreamTransport
from tests.telephony.line import open_call
from tests.telephony.messages import CONNECTED, START

Stages = Callable[[BaseTransport, FrameProcessor], Sequence[FrameProcessor]]


def plain(transport: BaseTransport, echo: FrameProcessor) -> Sequence[FrameProcessor]:
    return [transport.input(), echo, transport.output()]


class EchoStage(LaneStage):
    """Sends the caller's audio back, and remembers which way it came."""

    def __init__(self) -> None:
        super().__init__()
        self.by_lane: list[Frame] = []
        self.by_road: list[Frame] = []

    def hear(self, frame: MulawInputFrame) -> None:
        self.by_lane.append(frame)
        self.hand_on(MulawOutputFrame(frame.payload))

    def take(self, frame: Frame) -> None:
        self.by_lane.append(frame)
        self.hand_on(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, MulawInputFrame):
            self.by_road.append(frame)
            await self.push_frame(MulawOutputFrame(frame.payload))
        else:
            await self.push_frame(frame, direction)


class EchoCall:
    """Our end of the call."""

    def __init__(self, stages: Stages = plain, echo: EchoStage | None = None) -> None:
        self.echo = echo or EchoStage()
        self.stream = MediaStream()
        self.errors: asyncio.Queue[str] = asyncio.Queue()
        self._stages = stages

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.accept()
        start = await read_start(websocket, self.stream)
        transport = MediaStreamTransport(
            websocket, MediaStreamSerializer(self.stream, start.stream_sid)
        )
        worker = PipelineWorker(
            Pipeline(list(self._stages(transport, self.echo))),
            params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )

        @transport.event_handler("on_client_disconnected")
        async def on_client_disconnected(transport: BaseTransport, websocket: WebSocket) -> None:
            await worker.cancel()

        @worker.event_handler("on_pipeline_error")
        async def on_pipeline_error(worker: PipelineWorker, frame: ErrorFrame) -> None:
            self.errors.put_nowait(frame.error)

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()


@asynccontextmanager
async def echoing(
    call: EchoCall, ws: type[WebSocketsSansIOProtocol] = CallSocket
) -> AsyncGenerator[ClientConnection]:
    async with asyncio.timeout(30), open_call(call, ws) as twilio:
        await twilio.send(CONNECTED)
        await twilio.send(START)
        yield twilio
