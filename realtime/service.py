"""OpenAI Realtime in mu-law from end to end, on the GA interface.

The session type of Pipecat 1.14 lacks options of that interface, so this file overrides private
methods of its service (`tests/realtime/test_pipecat_contract.py` fails when Pipecat changes them).
"""

import itertools
import sys
from collections.abc import Awaitable, Callable
from typing import Any, cast

from loguru import logger
from pipecat.frames.frames import Frame, MetricsFrame, TranscriptionFrame
from pipecat.metrics.metrics import STTUsage, STTUsageMetricsData
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime import events
from pipecat.utils.time import time_now_iso8601
from websockets.asyncio.client import ClientConnection

from realtime.audio import MulawAudioLLMService
from realtime.context import RealtimeContextAdapter
from realtime.pricing import transcribed_secs
from realtime.session import FORMATS, SessionOptions, SessionOptionsError, build_session
from realtime.steady import CONFIGURE_SECS, Event
from realtime.tool_set import ToolSet
from telephony.frames import TruncateItemFrame

MULAW = "g711_ulaw"
MULAW_KIND, PCM_KIND = FORMATS[MULAW]["type"], FORMATS["pcm16"]["type"]


def check_options(options: SessionOptions, model: str, tools: list[str]) -> None:
    """See that a telephone line, this model and these tools can have these options.

    Raises:
        SessionOptionsError: they cannot.
    """
    if (options.input_format, options.output_format) != (MULAW, MULAW):
        raise SessionOptionsError(
            f"[realtime] input_format and output_format must be {MULAW} on a telephone line; "
            "for another format use Pipecat's own service in bot.py:build_llm"
        )
    if options.output_modality != "audio":
        raise SessionOptionsError(
            '[realtime] output_modality must be "audio": a caller cannot hear text'
        )
    build_session(options, model=model, instructions="", tools=[{"name": name} for name in tools])


class MulawRealtimeLLMService(MulawAudioLLMService):
    """Speech to speech with an OpenAI Realtime model over one WebSocket.

    Takes and gives mu-law frames without touching their payload; PCM of a stock stage is
    encoded.
    """

    adapter_class = RealtimeContextAdapter

    def __init__(
        self,
        *,
        connection: Callable[[], Awaitable[ClientConnection]],
        reconnection: Callable[[], Awaitable[ClientConnection]],
        options: SessionOptions,
        model: str,
        instructions: str,
        tools: ToolSet,
        refused: Callable[[Event], Event] = dict,
        configure_secs: float = CONFIGURE_SECS,
    ) -> None:
        """Configure a service that is not connected yet.

        Args:
            connection: gives the open socket; raises ModelUnreachable.
            reconnection: gives another one when a session is lost or expires, the same way.
            options: the session to ask for; both formats must be g711_ulaw.
            model: the model of the connection.
            instructions: who the agent is.
            tools: what the model may call.
            refused: completes the result of a call that no tool can take.
            configure_secs: how long the model may take to confirm the session.

        Raises:
            SessionOptionsError: options that do not fit a telephone line.
        """
        check_options(options, model, tools.names)
        # Pipecat needs to know only whether turn detection is off; the rest is in `options`.
        turn_detection = False if options.turn_detection == "none" else None
        super().__init__(
            connection=connection,
            tools=tools,
            refused=refused,
            reconnection=reconnection,
            configure_secs=configure_secs,
            settings=self.Settings(
                model=model,
                system_instruction=instructions,
                session_properties=events.SessionProperties(
                    output_modalities=[options.output_modality],
                    tools=tools.schema,
                    audio=events.AudioConfiguration(
                        input=events.AudioInput(turn_detection=turn_detection)
                    ),
                ),
            ),
        )
        self._options = options
        self._barge_in_allowed = options.interrupt_response
        self._model = model
        self._instructions = instructions
        self._session: dict[str, Any] | None = None
        self._register_tools(tools)
        self._event_ids = itertools.count(1)
        self._raw_handlers["session.updated"] = self._handle_session_updated
        self._readers["response.created"] = self._read_format
        self._readers["conversation.item.input_audio_transcription.completed"] = self._read_usage

    def _register_tools(self, tools: ToolSet) -> None:
        """Register tools as Pipecat does by itself, which would read them again for it."""
        for wrapper in tools.wrappers:
            self.register_function(wrapper.name, wrapper)
            self._functions[wrapper.name].auto_registered = True

    def _compose_system_instruction(self) -> None:
        """Compose what a trace tells, as Pipecat does: the same 9 kB in every call."""
        super()._compose_system_instruction()
        composed = self._composed_system_instruction
        if composed is not None:
            composed = sys.intern(composed)
        self._settings.system_instruction = self._composed_system_instruction = composed

    async def _send_session_update(self) -> None:
        """Ask for the session, unless it is the one that was asked for last."""
        adapter = self.get_llm_adapter()
        tools = self._service_tools()
        if self._context:
            params = await adapter.get_llm_invocation_params(self._context, service_tools=tools)
            functions = params["tools"]
        else:
            functions = adapter.from_standard_tools(tools)
        session = build_session(
            self._options,
            model=self._model,
            instructions=self._instructions,
            tools=cast(list[dict[str, Any]], functions or []),
        )
        if session == self._session:
            return
        self._session = session
        self._configuring_event_id = f"evt_session_{next(self._event_ids)}"
        await self._ws_send(
            {"type": "session.update", "event_id": self._configuring_event_id, "session": session}
        )

    async def _leave_session(self) -> None:
        self._session = None
        await super()._leave_session()

    async def _handle_session_updated(self, event: Event) -> None:
        """Compare the formats with those asked for: bytes of another kind would be noise."""
        audio = cast(dict[str, Any], event.get("session", {}).get("audio", {}))
        in_pcm: dict[str, bool] = {}
        for end in ("input", "output"):
            kind = audio.get(end, {}).get("format", {}).get("type")
            if kind not in (MULAW_KIND, PCM_KIND):
                await self._lose(f"the model did not accept mu-law {end} but answered {kind}")
                return
            in_pcm[end] = kind == PCM_KIND
        if any(in_pcm.values()) and not self.takes_pcm:
            logger.warning("Model did not accept mu-law: the call is transcoded to PCM and back")
        self.speak_pcm(to_model=in_pcm["input"], from_model=in_pcm["output"])
        self._configuring_event_id = ""
        if not self._configured.is_set():
            self._configured.set()
            logger.info("Session configured")
        await self._handle_evt_session_updated(None)

    async def _read_format(self, event: Event) -> None:
        """A response that was asked for early may have another format than the session."""
        match event:
            case {"response": {"audio": {"output": {"format": {"type": str() as kind}}}}} if (
                kind in (MULAW_KIND, PCM_KIND)
            ):
                self.speak_pcm(to_model=self.takes_pcm, from_model=kind == PCM_KIND)
            case _:  # Pipecat's model judges the rest of its shape
                pass

    async def handle_evt_input_audio_transcription_completed(
        self, evt: events.ConversationItemInputAudioTranscriptionCompleted
    ) -> None:
        """Push what was said as Pipecat does, and say that it is final: that ends it in a trace."""
        await self._call_event_handler("on_conversation_item_updated", evt.item_id, None)
        now = time_now_iso8601()
        said = TranscriptionFrame(evt.transcript, "", now, result=evt, finalized=True)
        await self.push_frame(said, FrameDirection.UPSTREAM)

    async def _read_usage(self, event: Event) -> None:
        """Report how much audio was transcribed, as Pipecat's transcription services do."""
        secs = transcribed_secs(event.get("usage"))
        if secs and self.usage_metrics_enabled:
            usage = STTUsageMetricsData(
                processor=self.name,
                model=self._options.transcription_model,
                value=STTUsage(audio_seconds=secs),
            )
            await self.push_frame(MetricsFrame(data=[usage]))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and truncate what the caller did not hear."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TruncateItemFrame):
            await self._truncate(frame)

    async def _truncate(self, frame: TruncateItemFrame) -> None:
        """Let the model know how much of an item was heard."""
        await self._ws_send(
            {
                "type": "conversation.item.truncate",
                "item_id": frame.item_id,
                "content_index": frame.content_index,
                "audio_end_ms": frame.heard_ms,
            }
        )
