"""A call whose stages a test chooses: the line is ours, the rest may be stock Pipecat."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from xml.sax.saxutils import quoteattr

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner

from telephony.call_socket import CallSocket
from telephony.handshake import read_start
from telephony.media_stream import MediaStream
from telephony.serializer import MediaStreamSerializer
from telephony.transport import MediaStreamTransport

Stages = Callable[[BaseTransport], Sequence[FrameProcessor]]


async def _run(websocket: WebSocket, stages: Stages) -> None:
    await websocket.accept()
    stream = MediaStream()
    start = await read_start(websocket, stream)
    transport = MediaStreamTransport(websocket, MediaStreamSerializer(stream, start.stream_sid))
    worker = PipelineWorker(
        Pipeline(list(stages(transport))),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
    )

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport: BaseTransport, websocket: WebSocket) -> None:
        await worker.queue_frame(LLMRunFrame())

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: BaseTransport, websocket: WebSocket) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


@asynccontextmanager
async def swapped(stages: Stages) -> AsyncGenerator[str]:
    """The voice webhook of calls with these stages, from `transport.input()` to the end."""
    app = FastAPI()

    async def voice(request: Request) -> Response:
        url = f"ws://{request.headers['host']}/media-stream"
        twiml = f"<Response><Connect><Stream url={quoteattr(url)}/></Connect></Response>"
        return Response(twiml, media_type="application/xml")

    async def media_stream(websocket: WebSocket) -> None:
        await _run(websocket, stages)

    app.add_api_route("/voice", voice, methods=["POST"])
    app.add_api_websocket_route("/media-stream", media_stream)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, ws=CallSocket, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/voice"
    finally:
        server.should_exit = True
        await serving
