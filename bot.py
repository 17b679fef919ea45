"""One phone call, stage by stage.

To swap the model, change `build_llm`; to add a stage, add a line in `build_pipeline`.
`server.py` runs this for Twilio; `python bot.py` runs it with Pipecat's runner, in a browser or, as
`python bot.py -t twilio -x HOST`, for Twilio.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import WebSocket, WebSocketDisconnect
from loguru import logger
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVIObserverParams
from pipecat.runner.types import RunnerArguments
from pipecat.transports.base_transport import BaseTransport
from pipecat.turns.user_start import ExternalUserTurnStartStrategy
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from starlette.websockets import WebSocketState
from websockets.asyncio.client import ClientConnection

from agent import open_agent
from calls.capture import Capture
from calls.tape import Tape
from calls.trouble import ModelTrouble
from course import ending_politely, take_its_course
from database import prepare_schema
from processors.call_end import CallEndProcessor
from processors.call_log import CallLogProcessor
from processors.call_trace import trace_call
from processors.caller_gaps import CallerGapProcessor
from processors.caller_phone import CallerPhoneProcessor
from processors.dead_air import DeadAirProcessor
from processors.desk_call import DeskCallProcessor
from processors.endless_turn import EndlessTurnProcessor
from processors.keypad import KeypadProcessor
from processors.lean_stages import make_lean
from processors.playback import PlaybackProcessor
from processors.played_mark import PlayedMarkProcessor
from processors.recorder import RecorderProcessor
from processors.silence import SilenceProcessor
from processors.spend_limit import SpendLimitProcessor
from processors.time_limit import TimeLimitProcessor
from processors.transcript import TranscriptProcessor
from realtime.greeting import GreetingRealtimeLLMService
from realtime.warmup import OpeningAgent
from receptionist import Receptionist, open_receptionist, twilio_secrets
from settings import load_settings
from telephony.handshake import NoStart, read_start
from telephony.line import Line
from telephony.media_stream import MediaStream, Start
from telephony.mulaw import SAMPLE_RATE
from telephony.runner_door import is_let_in, is_telephone
from telephony.serializer import MediaStreamSerializer
from telephony.transport import MediaStreamTransport
from tools.answers import dated
from tools.context import CallContext
from tools.facts import caller_facts


def build_transport(websocket: WebSocket, stream: MediaStream, start: Start) -> BaseTransport:
    """The line, in mu-law both ways."""
    return MediaStreamTransport(websocket, MediaStreamSerializer(stream, start.stream_sid))


def build_llm(
    receptionist: Receptionist,
    connection: Callable[[], Awaitable[ClientConnection]],
    capture: Capture | None = None,
) -> FrameProcessor:
    """The model: speech in, speech out, and the tools it may call."""
    llm = GreetingRealtimeLLMService(
        connection=connection,
        reconnection=lambda: receptionist.connect(capture and capture.model()),
        options=receptionist.options,
        model=receptionist.settings.openai_realtime_model,
        instructions=receptionist.instructions,
        tools=receptionist.tool_set,
        refused=lambda result: dated(result, receptionist.desk),
    )

    @llm.event_handler("on_trouble")
    async def on_trouble(llm: FrameProcessor, kind: ModelTrouble) -> None:
        receptionist.metrics.trouble(kind)

    return llm


def build_pipeline(
    transport: BaseTransport,
    llm: FrameProcessor,
    call_log: CallLogProcessor,
    call_end: FrameProcessor,
    transcript: FrameProcessor,
    facts: str,
    receptionist: Receptionist,
    tape: Tape | None = None,
) -> Pipeline:
    """The stages of a call, in order; both recorders only with a tape."""
    settings, prices = receptionist.settings, receptionist.prices
    user_aggregator, assistant_aggregator = LLMContextAggregatorPair(
        LLMContext(),
        # The model ends turns; Pipecat's default would load a turn model for every call.
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                start=[ExternalUserTurnStartStrategy()],
                # It looks after the transcript of a turn this often, and we wait for none.
                stop=[ExternalUserTurnStopStrategy(timeout=10.0, wait_for_transcript=False)],
            )
        ),
    )
    return Pipeline(
        [
            transport.input(),
            *([RecorderProcessor(tape, "caller")] if tape else []),
            call_log,
            CallerPhoneProcessor(facts),
            user_aggregator,
            CallerGapProcessor(),
            KeypadProcessor(),
            DeskCallProcessor(),
            SilenceProcessor(settings.silence_seconds),
            TimeLimitProcessor(settings.max_call_seconds),
            llm,
            PlaybackProcessor(receptionist.now_ms, spoke=call_log.spoke),
            DeadAirProcessor(
                ask_secs=settings.dead_air_ask_seconds,
                hand_over_secs=settings.dead_air_hand_over_seconds,
            ),
            EndlessTurnProcessor(),
            call_end,
            transport.output(),
            *([] if isinstance(transport, MediaStreamTransport) else [PlayedMarkProcessor()]),
            *([RecorderProcessor(tape, "agent")] if tape else []),
            transcript,
            SpendLimitProcessor(
                prices, tokens=settings.max_call_tokens, cost_usd=settings.max_call_cost_usd
            ),
            assistant_aggregator,
        ]
    )


def build_worker(pipeline: Pipeline, context: CallContext, *, traced: bool) -> PipelineWorker:
    """What runs the pipeline; tools read `context` by `call_context(params)`."""
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=SAMPLE_RATE,
            audio_out_sample_rate=SAMPLE_RATE,
            # One frame a response: what it took and gave, for the receipt.
            enable_usage_metrics=True,
        ),
        app_resources=context,
        # A telephone has no RTVI client, and silence is for the conversation to notice.
        enable_rtvi=not context.is_telephone,
        # The output of such a line tells its client who speaks, once the audio is on its way.
        rtvi_observer_params=RTVIObserverParams(
            ignored_sources=[s for s in pipeline.processors if isinstance(s, PlaybackProcessor)]
        ),
        # Turns are the middle of a trace, and for nothing else.
        enable_turn_tracking=traced,
        enable_tracing=traced,
        conversation_id=context.call_sid,
        idle_timeout_secs=None,
    )
    make_lean(worker.pipeline)
    trace_call(worker)
    return worker


def begin_agent(receptionist: Receptionist, phone: str | None) -> OpeningAgent:
    """Open the model's socket and ask for the greeting; the pipeline may come later.

    Args:
        receptionist: what calls share.
        phone: the caller's number, E.164; None when it is no identity.
    """

    async def facts(greeted: bool) -> str:
        return await caller_facts(receptionist.desk, phone, greeted=greeted)

    return open_agent(receptionist, build_llm, facts, receptionist.captures.begin())


async def run_call(
    websocket: WebSocket,
    receptionist: Receptionist,
    agent: OpeningAgent,
    identify: Callable[[Start], str | None],
) -> None:
    """Run a call on an accepted socket, from the handshake to the last frame.

    However it ends, the record says so before the socket closes: Twilio then asks
    `/voice/after` what comes next.

    Args:
        websocket: the accepted socket.
        receptionist: what calls share.
        agent: whom the caller talks to; closed at the end.
        identify: gives the number that calls on this stream, as the signed webhook said it;
            raises NoStart for a stream that nobody expects.
    """
    stream = MediaStream(agent.capture and agent.capture.line())
    try:
        start = await read_start(websocket, stream)
        phone = identify(start)
        if agent.capture:
            agent.capture.name(start.call_sid)
        with (
            logger.contextualize(call_sid=start.call_sid),
            receptionist.tapes.recording(start.call_sid) as tape,
        ):
            async with ending_politely(receptionist.records, start.call_sid):
                line = Line(build_transport(websocket, stream, start), stream, start, phone)
                await _talk(line, receptionist, agent, tape)
    except NoStart as error:
        logger.warning("No call on this socket: {}", error)
    finally:
        if websocket.client_state is WebSocketState.CONNECTED:
            stream.hung_up()
        await agent.close()
        if websocket.client_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):  # the line closed first
                await websocket.close()


async def _talk(
    line: Line, receptionist: Receptionist, opening: OpeningAgent, tape: Tape | None
) -> None:
    call_sid = line.start.call_sid
    call_log = CallLogProcessor(
        line.stream,
        caller=line.phone,
        log_speech=receptionist.settings.logs_speech,
        first_word=receptionist.metrics.first_word,
    )
    agent = await opening.greeting
    call_end = CallEndProcessor()
    transcript = TranscriptProcessor(
        receptionist.journal.of(call_sid),
        receptionist.prices,
        keep_words=receptionist.catalog.privacy.transcripts,
    )
    pipeline = build_pipeline(
        line.transport, agent.llm, call_log, call_end, transcript, agent.facts, receptionist, tape
    )
    context = CallContext(receptionist.desk, call_sid, line.phone, line.is_telephone)
    worker = build_worker(pipeline, context, traced=receptionist.settings.traces)
    await take_its_course(worker, line, call_end, receptionist)
    await asyncio.gather(*context.writes, return_exceptions=True)


async def bot(runner_args: RunnerArguments) -> None:
    """Pipecat's entry point: the same stages as the server's.

    Pipecat's runner knows no webhook, so the number that calls Twilio is unknown.

    Raises:
        ValueError: it is no line that we know, see `telephony/local_line.py`.
    """
    settings = load_settings()
    if not await is_let_in(runner_args, twilio_secrets(settings)):
        return
    await prepare_schema(settings.database_url)
    async with open_receptionist(settings) as receptionist:
        if is_telephone(runner_args):
            agent = begin_agent(receptionist, None)
            await run_call(runner_args.websocket, receptionist, agent, lambda start: None)
        else:
            await _talk_locally(runner_args, receptionist)


async def _talk_locally(runner_args: RunnerArguments, receptionist: Receptionist) -> None:
    # The server has no use for what it imports.
    from telephony.local_line import open_local_line  # noqa: PLC0415

    line = await open_local_line(runner_args)
    agent = begin_agent(receptionist, line.phone)
    try:
        with logger.contextualize(call_sid=line.start.call_sid):
            async with ending_politely(receptionist.records, line.start.call_sid):
                await _talk(line, receptionist, agent, None)
    finally:
        await agent.close()


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
