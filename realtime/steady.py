"""Pipecat's OpenAI Realtime service, steadied: whatever a socket brings, no call ends in silence.

What Pipecat 1.14 does otherwise, and why this file overrides its private methods (there is no
public way; `tests/realtime/test_pipecat_contract.py` fails when Pipecat changes them):

* it ends the session on nearly every `error` event, and takes a closed socket for a normal end;
* it stops receiving at the first event that it cannot parse;
* when the caller speaks it only proposes a turn, and the interruption takes the long way, up to
  the user aggregator and back down through every stage;
* it runs a tool call that a barge-in cut off, and lets one with broken arguments go unanswered;
* it asks for the answer to a tool result only when the agent has fallen silent, and then also
  while another tool of the same response is still at work.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

from loguru import logger
from pipecat.frames.frames import FunctionCallResultFrame, UserStartedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from calls.trouble import ModelTrouble
from realtime.connection import ModelUnreachable
from realtime.errors import is_fatal, is_harmless
from realtime.tool_set import ToolSet
from telephony.frames import BargeInFrame

CONFIGURE_SECS = 5.0
"""How long the model may take to confirm the session before the caller gets a person."""

Event = dict[str, Any]
"""A server event, parsed once."""


class SteadyRealtimeLLMService(OpenAIRealtimeLLMService):
    """The socket's life: opened by the caller of the service, lost only once, never silently.

    Becomes unusable (`is_usable`) when the model is lost, for whatever reason.

    Event handlers, besides Pipecat's:
        on_trouble(service, kind: ModelTrouble): something is wrong with the model.
    """

    def __init__(
        self,
        *,
        connection: Callable[[], Awaitable[ClientConnection]],
        tools: ToolSet,
        refused: Callable[[Event], Event],
        configure_secs: float,
        settings: OpenAIRealtimeLLMService.Settings,
    ) -> None:
        """Take a connection that somebody else opens.

        Args:
            connection: gives the open socket; raises ModelUnreachable.
            tools: what the model may call.
            refused: completes the result of a call that no tool can take.
            configure_secs: how long the model may take to confirm the session.
            settings: Pipecat's own.
        """
        super().__init__(api_key="", settings=settings)
        self._connection = connection
        self._tool_set = tools
        self._refused = refused
        self._configure_secs = configure_secs
        self._configured = asyncio.Event()
        self._configure_task: asyncio.Task[None] | None = None
        self._configuring_event_id = ""
        self._caller_speaking = False
        self._answer_wanted = False
        self._making_id = ""
        self._barge_in_allowed = True
        self._seen_faults: set[str] = set()
        self._register_event_handler("on_trouble", sync=True)
        # Events that are handled as they were parsed, without Pipecat's models.
        self._raw_handlers: dict[str, Callable[[Event], Awaitable[None]]] = {}
        # What is read from an event before its handler, because Pipecat's models drop it.
        self._readers: dict[str, Callable[[Event], Awaitable[None]]] = {}
        self._handlers: dict[str, Callable[[Any], Awaitable[None]]] = {
            "session.created": self._handle_evt_session_created,
            "response.created": self._handle_evt_response_created,
            "response.done": self._handle_evt_response_done,
            "response.output_text.delta": self._handle_evt_text_delta,
            "response.output_audio_transcript.delta": self._handle_evt_audio_transcript_delta,
            "response.output_item.done": self._handle_output_item_done,
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
            await self._open()
        except ModelUnreachable as error:
            await self._tell_trouble(ModelTrouble.UNREACHABLE)
            await self._lose(f"the model is unreachable: {error}")
            return
        self._listen()

    async def _open(self) -> None:
        self._websocket = await self._connection()
        logger.info("Model connected: {}", self._settings.model)

    def _listen(self) -> None:
        """Take in what the model says, from the first event on the socket."""
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

    async def _tell_trouble(self, kind: ModelTrouble) -> None:
        await self._call_event_handler("on_trouble", kind)

    async def _lose(self, why: str) -> None:
        """Report the loss of the model, once; whoever runs the pipeline ends the call politely."""
        if self.is_usable and not self._disconnecting:
            await self._tell_trouble(ModelTrouble.LOST)
            await self.push_error(error_msg=why, force_treat_as_permanent=True)

    async def _receive_task_handler(self) -> None:
        websocket = self._websocket
        assert websocket is not None  # noqa: S101  _connect made it
        why = "the model's events could not be handled"
        try:
            async for message in websocket:
                await self._receive(message)
                if not self.is_usable:
                    return  # noise may follow: not one byte of it is for the caller
            why = f"the model closed the socket: {websocket.close_code} {websocket.close_reason}"
        except ConnectionClosed as error:
            why = f"the model's socket broke: {error}"
        except Exception:
            logger.exception("An event of the model could not be handled")
        # Every end that we did not start is a failure, a clean 1000 or 1001 too.
        await self._socket_ended(why)

    async def _socket_ended(self, why: str) -> None:
        """The model's socket is no more, and not by us."""
        await self._lose(why)

    async def _ws_send(self, realtime_message: Any) -> None:
        # Who closed the socket is for whoever receives from it to say.
        with suppress(ConnectionClosed):
            if self._websocket and not self._disconnecting:
                await self._websocket.send(json.dumps(realtime_message))

    async def _receive(self, message: str | bytes) -> None:
        """One server event; what cannot be read is logged once by kind and survived."""
        try:
            event: Event = json.loads(message)
            kind: str = event["type"]
        except (ValueError, TypeError, KeyError):
            self._warn_once("unreadable", "Model sent an event that cannot be read, survived")
            return
        if reader := self._readers.get(kind):
            await reader(event)
        if raw_handler := self._raw_handlers.get(kind):
            await raw_handler(event)
        elif handler := self._handlers.get(kind):
            try:
                parsed = events.parse_server_event(message)
            except Exception:  # Pipecat raises no narrower class
                self._warn_once(kind, f"Model sent a {kind} of an unknown shape, survived")
                return
            await handler(parsed)

    def _warn_once(self, kind: str, sentence: str) -> None:
        if kind not in self._seen_faults:
            self._seen_faults.add(kind)
            logger.warning(sentence)

    async def _handle_evt_error(self, evt: events.ErrorEvent) -> None:
        error = evt.error
        answers_session = bool(self._configuring_event_id) and (
            error.event_id == self._configuring_event_id
        )
        if answers_session or is_fatal(error.code):
            await self._tell_trouble(ModelTrouble.REFUSED)
            await self._lose(f"the model refused: {error.code}: {error.message}")
        elif await self._maybe_handle_evt_retrieve_conversation_item_error(evt):
            return
        elif is_harmless(error.code, error.message):
            logger.debug("Model reported a harmless error: {}", error.code)
            if error.code == "conversation_already_has_active_response":
                # Ours was refused: what it was for is owed when the running one is done.
                self._response_create_owed = True
        else:
            await self._tell_trouble(ModelTrouble.ERROR)
            logger.warning("Model reported an error, call goes on: {} {}", error.code, error.param)

    #
    # Turns and tools
    #

    async def _handle_evt_speech_started(self, evt: Any) -> None:
        """Announce the turn, which the user aggregator then adopts, and interrupt first."""
        self._caller_speaking = True
        self._response_create_owed = False
        if self._barge_in_allowed:
            await self._interrupt()
        await self.broadcast_frame(UserStartedSpeakingFrame)

    async def _interrupt(self) -> None:
        down = BargeInFrame(response_id=self._making_id)
        up = BargeInFrame(response_id=self._making_id)
        down.broadcast_sibling_id, up.broadcast_sibling_id = up.id, down.id
        await self.push_frame(down)
        # By way of this stage itself, which must not hold up the stages behind: a tool that is
        # interrupted here may take its time to leave.
        await self.queue_frame(up, FrameDirection.UPSTREAM)

    async def _handle_evt_response_created(self, evt: Any) -> None:
        self._caller_speaking = False
        self._making_id = evt.response.id
        await super()._handle_evt_response_created(evt)

    async def _handle_output_item_done(self, evt: events.ResponseOutputItemDone) -> None:
        """Run a tool call that the model has finished.

        Not at `response.function_call_arguments.done`, as Pipecat does: that also comes for a
        call that a barge-in cut off, with half of its arguments.
        """
        item = evt.item
        if item.type != "function_call" or item.status == "incomplete":
            return
        fault = self._tool_set.fault(item.name, item.arguments)
        if fault is None:
            # Takes whatever has `call_id` and `arguments`.
            await self._handle_evt_function_call_arguments_done(item)
        elif self._pending_function_calls.pop(item.call_id, None):
            logger.warning("Model made up a tool call, which is refused: {}", fault.reason)
            await self._send_tool_result(
                cast(str, item.call_id), json.dumps(self._refused(fault.result()))
            )
            self._results_awaiting_response = True
            await self._create_response()

    async def _handle_function_call_result(self, frame: FunctionCallResultFrame) -> None:
        """Ask for the answer as soon as the last result is in.

        While the caller speaks nothing is asked: the end of the turn makes a response by itself.
        """
        await super()._handle_function_call_result(frame)
        if frame.properties is None or frame.properties.run_llm is not False:
            self._answer_wanted = True
        if self._open_function_calls:
            return
        wanted, self._answer_wanted = self._answer_wanted, False
        if wanted and not self._caller_speaking:
            await self._create_response()

    async def _create_response(self) -> None:
        """Ask for a response; while a tool is at work, leave that to its result."""
        if self._open_function_calls:
            self._answer_wanted = True
            return
        await super()._create_response()
