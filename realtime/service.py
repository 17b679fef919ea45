"""Pipecat's OpenAI Realtime service, in mu-law from end to end, on the GA interface.

What Pipecat 1.14 does otherwise, and why this file overrides its private methods (there is
no public way; `tests/realtime/test_pipecat_contract.py` fails when Pipecat changes them):

* it resamples to and from 24 kHz PCM even when `audio/pcmu` is configured;
* it truncates by wall clock and counts mu-law as if it were PCM; here playback's marks decide;
* it ends the session on nearly every `error` event, and takes a closed socket for a normal end;
* it lets a tool call with broken arguments go unanswered, and so the caller;
* its session type lacks options of the GA interface.
"""

import asyncio
import base64
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from loguru import logger
from pipecat.audio.utils import pcm_to_ulaw
from pipecat.frames.frames import (
    Frame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    TTSStartedFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import CurrentAudioResponse, OpenAIRealtimeLLMService
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime.connection import ModelUnreachable
from realtime.context import RealtimeContextAdapter
from realtime.errors import is_fatal, is_harmless
from realtime.session import FORMATS, SessionOptions, SessionOptionsError, build_session
from telephony.frames import MulawInputFrame, MulawOutputFrame, TruncateItemFrame
from telephony.mulaw import SAMPLE_RATE

CONFIGURE_SECS = 5.0
"""How long the model may take to confirm the session before the caller gets a person."""

MULAW = "g711_ulaw"


class MulawRealtimeLLMService(OpenAIRealtimeLLMService):
    """Speech to speech with an OpenAI Realtime model over one WebSocket.

    Takes and gives mu-law frames without touching their payload; PCM of a stock stage is
    encoded. Becomes unusable (`is_usable`) when the model is lost, for whatever reason.
    """

    adapter_class = RealtimeContextAdapter

    def __init__(
        self,
        *,
        connection: Callable[[], Awaitable[ClientConnection]],
        options: SessionOptions,
        model: str,
        instructions: str,
        tools: list[Any],
        configure_secs: float = CONFIGURE_SECS,
    ) -> None:
        """Configure a service that is not connected yet.

        Args:
            connection: gives the open socket; raises ModelUnreachable.
            options: the session to ask for; both formats must be g711_ulaw.
            model: the model of the connection.
            instructions: who the agent is.
            tools: direct functions that the model may call.
            configure_secs: how long the model may take to confirm the session.

        Raises:
            SessionOptionsError: options that do not fit a telephone line.
        """
        if (options.input_format, options.output_format) != (MULAW, MULAW):
            raise SessionOptionsError(
                f"[realtime] input_format and output_format must be {MULAW} on a telephone line; "
                "for another format use Pipecat's own service in bot.py:build_llm"
            )
        super().__init__(
            api_key="",  # the connection is made by `connection`
            settings=self.Settings(
                model=model,
                system_instruction=instructions,
                session_properties=events.SessionProperties(
                    output_modalities=["audio"],
                    tools=tools,
                    audio=events.AudioConfiguration(
                        input=events.AudioInput(
                            # Only whether turn detection is off; the rest is in `options`.
                            turn_detection=False if options.turn_detection == "none" else None
                        )
                    ),
                ),
            ),
        )
        self._connection = connection
        self._options = options
        self._model = model
        self._instructions = instructions
        self._session: dict[str, Any] | None = None
        self._configured = asyncio.Event()
        self._configure_secs = configure_secs
        self._configure_task: asyncio.Task[None] | None = None
        self._caller_speaking = False
        self._event_ids = itertools.count(1)
        self._configuring_event_id = ""
        self._seen_faults: set[str] = set()
        self._handlers: dict[str, Callable[[Any], Awaitable[None]]] = {
            "session.created": self._handle_evt_session_created,
            "response.created": self._handle_evt_response_created,
            "response.done": self._handle_evt_response_done,
            "response.output_text.delta": self._handle_evt_text_delta,
            "response.output_audio_transcript.delta": self._handle_evt_audio_transcript_delta,
            "response.function_call_arguments.done": self._handle_evt_function_call_arguments_done,
            "conversation.item.added": self._handle_evt_conversation_item_added,
            "conversation.item.done": self._handle_evt_conversation_item_done,
            "conversation.item.retrieved": self._handle_conversation_item_retrieved,
            "conversation.item.input_audio_transcription.delta": (
                self._handle_evt_input_audio_transcription_delta
            ),
            "conversation.item.input_audio_transcription.completed": (
                self.handle_evt_input_audio_transcription_completed
            ),
            "input_audio_buffer.speech_started": self._handle_evt_speech_started,
            "input_audio_buffer.speech_stopped": self._handle_evt_speech_stopped,
            "error": self._handle_evt_error,
        }

    #
    # The socket
    #

    async def _connect(self) -> None:
        if self._websocket:
            return
        try:
            self._websocket = await self._connection()
        except ModelUnreachable as error:
            await self._lose(f"the model is unreachable: {error}")
            return
        logger.info("Model connected: {}", self._model)
        self._receive_task = self.create_task(self._receive_task_handler())
        self._configure_task = self.create_task(self._await_configured())

    async def _disconnect(self) -> None:
        await super()._disconnect()
        if self._configure_task:
            await self.cancel_task(self._configure_task)
            self._configure_task = None

    async def _await_configured(self) -> None:
        try:
            async with asyncio.timeout(self._configure_secs):
                await self._configured.wait()
        except TimeoutError:
            await self._lose(f"the model did not confirm the session in {self._configure_secs} s")

    async def _lose(self, why: str) -> None:
        """Report the loss of the model, once; the worker then ends the call politely."""
        if self.is_usable and not self._disconnecting:
            await self.push_error(error_msg=why, force_treat_as_permanent=True)

    async def _receive_task_handler(self) -> None:
        websocket = self._websocket
        assert websocket is not None  # noqa: S101  _connect made it
        why = "the model's events could not be handled"
        try:
            async for message in websocket:
                await self._receive(message)
            why = f"the model closed the socket: {websocket.close_code} {websocket.close_reason}"
        except ConnectionClosed as error:
            why = f"the model's socket broke: {error}"
        finally:
            # Every end that we did not start is a failure, a clean 1000 or 1001 too.
            await self._lose(why)

    async def _receive(self, message: str | bytes) -> None:
        """One server event; what cannot be read is counted once by kind and survived."""
        try:
            event: dict[str, Any] = json.loads(message)
            kind: str = event["type"]
        except (ValueError, TypeError, KeyError):
            self._warn_once("unreadable", "Model sent an event that cannot be read, survived")
            return
        if kind == "response.output_audio.delta":
            await self._handle_audio(event)
        elif kind == "session.updated":
            await self._handle_session_updated(event)
        elif kind in self._handlers:
            try:
                parsed = events.parse_server_event(message)
            except Exception:
                self._warn_once(kind, f"Model sent a {kind} of an unknown shape, survived")
                return
            await self._handlers[kind](parsed)

    def _warn_once(self, kind: str, sentence: str) -> None:
        if kind not in self._seen_faults:
            self._seen_faults.add(kind)
            logger.warning(sentence)

    #
    # The session
    #

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
            {
                "type": "session.update",
                "event_id": self._configuring_event_id,
                "session": session,
            }
        )

    async def _handle_session_updated(self, event: dict[str, Any]) -> None:
        """Compare the formats with those asked for: bytes of another kind would be noise."""
        audio = cast(dict[str, Any], event.get("session", {}).get("audio", {}))
        for end in ("input", "output"):
            given = audio.get(end, {}).get("format", {}).get("type")
            if given != FORMATS[MULAW]["type"]:
                await self._lose(f"the model did not accept mu-law {end} but answered {given}")
                return
        self._configuring_event_id = ""
        if not self._configured.is_set():
            self._configured.set()
            logger.info("Session configured: mu-law in and out confirmed")
        await self._handle_evt_session_updated(None)

    async def _handle_evt_error(self, evt: Any) -> None:
        error: events.RealtimeError = evt.error
        answers_session = bool(self._configuring_event_id) and (
            error.event_id == self._configuring_event_id
        )
        if answers_session or is_fatal(error.code):
            await self._lose(f"the model refused: {error.code}: {error.message}")
        elif await self._maybe_handle_evt_retrieve_conversation_item_error(evt):
            return
        elif is_harmless(error.code, error.message):
            logger.debug("Model reported a harmless error: {}", error.code)
            if error.code == "conversation_already_has_active_response":
                # Ours was refused: what it was for is owed when the running one is done.
                self._response_create_owed = True
        else:
            logger.warning("Model reported an error, call goes on: {} {}", error.code, error.param)

    #
    # Audio
    #

    async def _send_user_audio(self, frame: InputAudioRawFrame) -> None:
        # Before the session is confirmed the model would take mu-law for 24 kHz PCM.
        if not self._api_session_ready or not self._websocket:
            return
        if isinstance(frame, MulawInputFrame):
            payload = frame.payload
        else:
            mulaw = await pcm_to_ulaw(frame.audio, frame.sample_rate, SAMPLE_RATE, self._resampler)
            payload = base64.b64encode(mulaw).decode("ascii")
        await self._ws_send({"type": "input_audio_buffer.append", "audio": payload})

    async def _handle_audio(self, event: dict[str, Any]) -> None:
        try:
            frame = MulawOutputFrame(
                event["delta"],
                item_id=event["item_id"],
                content_index=event["content_index"],
                response_id=event["response_id"],
            )
        except (KeyError, TypeError):
            self._warn_once("audio", "Model sent audio of an unknown shape, survived")
            return
        if self._current_audio_response is None:
            self._current_audio_response = CurrentAudioResponse(
                item_id=frame.item_id, content_index=frame.content_index, start_time_ms=0
            )
            await self.push_frame(TTSStartedFrame())
        await self.push_frame(frame)

    async def _truncate_current_audio_response(self) -> None:
        # PlaybackProcessor knows what was heard and sends a TruncateItemFrame.
        self._current_audio_response = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and truncate what the caller did not hear."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TruncateItemFrame):
            await self._ws_send(
                {
                    "type": "conversation.item.truncate",
                    "item_id": frame.item_id,
                    "content_index": frame.content_index,
                    "audio_end_ms": frame.heard_ms,
                }
            )

    #
    # Turns and tools
    #

    async def _handle_evt_speech_started(self, evt: Any) -> None:
        self._caller_speaking = True
        await super()._handle_evt_speech_started(evt)

    async def _handle_evt_response_created(self, evt: Any) -> None:
        self._caller_speaking = False
        await super()._handle_evt_response_created(evt)

    async def _handle_evt_function_call_arguments_done(self, evt: Any) -> None:
        try:
            readable = isinstance(json.loads(evt.arguments), dict)
        except ValueError:
            readable = False
        if readable:
            await super()._handle_evt_function_call_arguments_done(evt)
        elif self._pending_function_calls.pop(evt.call_id, None):
            logger.warning("Model called a tool with arguments that are not a JSON object")
            refusal = {
                "ok": False,
                "reason": "invalid_arguments",
                "message": "The arguments were not valid JSON. Call the tool again.",
            }
            await self._send_tool_result(evt.call_id, json.dumps(refusal))
            self._results_awaiting_response = True
            await self._create_response()

    async def _handle_function_call_result(self, frame: FunctionCallResultFrame) -> None:
        """Ask for the answer as soon as the last result is in.

        Pipecat's aggregator asks only when the agent has fallen silent: on a phone line that
        is dead air. While the caller speaks, the end of the turn asks by itself.
        """
        await super()._handle_function_call_result(frame)
        wanted = frame.properties is None or frame.properties.run_llm is not False
        if wanted and not self._open_function_calls and not self._caller_speaking:
            await self._create_response()
