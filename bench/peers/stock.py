"""Stock Pipecat, as its own example for OpenAI Realtime on Twilio has it."""

import os
from typing import cast

import uvicorn
from fastapi import WebSocket
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_transport import BaseTransport
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

from bench.peers.webhook import build_app

app = build_app()


def build_transport(websocket: WebSocket, call: dict[str, str]) -> BaseTransport:
    """The line; hanging up by REST is off, because there is none here."""
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"],
        call_sid=call["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    params = FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
    )
    return FastAPIWebsocketTransport(websocket, params)


@app.websocket("/media-stream")
async def media_stream(websocket: WebSocket) -> None:
    """Run one call."""
    await websocket.accept()
    # Pipecat annotates its answer in part.
    call = cast(tuple[str, dict[str, str]], await parse_telephony_websocket(websocket))[1]
    transport = build_transport(websocket, call)
    llm = OpenAIRealtimeLLMService(api_key="sk-bench", base_url=os.environ["OPENAI_REALTIME_URL"])
    user_aggregator, assistant_aggregator = LLMContextAggregatorPair(
        LLMContext([{"role": "developer", "content": "Say hello!"}])
    )
    pipeline = Pipeline(
        [transport.input(), user_aggregator, llm, transport.output(), assistant_aggregator]
    )
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=8000,
            audio_out_sample_rate=8000,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
    )

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport: BaseTransport, websocket: WebSocket) -> None:
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: BaseTransport, websocket: WebSocket) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
