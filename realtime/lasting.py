"""A conversation that outlives the model's sessions.

A session ends when its socket dies, and after an hour. Then the conversation goes on in a new one,
into which what was said and done so far is replayed as text. Here too only private methods of
Pipecat 1.14 would do; `tests/realtime/test_pipecat_contract.py` fails when it changes them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any, cast

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallResultFrame,
    LLMFullResponseEndFrame,
    ProposedUserStoppedSpeakingFrame,
    TTSStoppedFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime import events
from websockets.asyncio.client import ClientConnection

from calls.trouble import ModelTrouble
from realtime.connection import ModelUnreachable
from realtime.context import knows_call, knows_result
from realtime.steady import Event, SteadyRealtimeLLMService
from telephony.frames import SessionLostFrame

RECONNECT_SECS = 2.0
"""A caller takes that for a pause; after it, a person is better."""

CALLS_KNOWN_LOOKS = 50
CALLS_KNOWN_SECS = 0.01
"""A tool call needs a few milliseconds through the stages to the context. So often it is looked for
there, and so long apart: when the process is held up, the call is too.
"""

RENEW_BEFORE_SECS = 180.0
"""So long before its end a session is renewed, at the next quiet moment."""

SESSION_SECS = 3600.0
"""How long a session lasts when it does not say so, or our clock is wrong."""

SHORTEST_SECS = 5.0
"""No session is renewed sooner: an hour's difference of the clocks must not make a storm."""

QUIET_SECS = 0.1
"""How often it is looked for a quiet moment, once there should be one."""

LAST_MOMENT_SECS = 1.0
"""So long before its end a session is renewed whatever is going on."""

RESUMED = (
    "Your connection was lost for a moment and is back; the conversation until then is above. If "
    "you had not greeted the caller yet, greet them as if nothing had happened. Otherwise say in a "
    "few words that you are back, finish what you were about to say or do, and ask the caller to "
    "repeat what you may have missed. A tool that is still running gives its result by itself."
)


class LastingRealtimeLLMService(SteadyRealtimeLLMService):
    """Moves to a new session when one is lost, once in a call, and before one expires."""

    def __init__(
        self,
        *,
        reconnection: Callable[[], Awaitable[ClientConnection]],
        **arguments: Any,
    ) -> None:
        """Take connections that somebody else opens.

        Args:
            reconnection: gives a socket after the first one; raises ModelUnreachable.
            **arguments: of `SteadyRealtimeLLMService`.
        """
        super().__init__(**arguments)
        self._reconnection = reconnection
        self._lost_once = False
        self._replay_due = self._resuming = False
        self._bot_speaking = False
        self._ends_at = self._renew_at = 0.0
        self._results_between: list[FunctionCallResultFrame] = []
        self._calls_between: set[str] = set()
        self._recovery_task: asyncio.Task[None] | None = None
        self._renewal_task: asyncio.Task[None] | None = None
        self._raw_handlers["session.created"] = self._handle_session_created

    async def _disconnect(self) -> None:
        for task in (self._recovery_task, self._renewal_task):
            if task:
                await self.cancel_task(task)
        self._recovery_task = self._renewal_task = None
        await super()._disconnect()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and follow whether the caller hears something."""
        await super().process_frame(frame, direction)
        if isinstance(frame, BotStartedSpeakingFrame):
            self._bot_speaking = True
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._bot_speaking = False

    #
    # A session is lost
    #

    async def _socket_ended(self, why: str) -> None:
        if self._disconnecting or not self.is_usable:
            return
        await self._tell_trouble(ModelTrouble.CLOSED)
        if self._lost_once:
            await self._lose(why)
            return
        self._lost_once = True
        logger.warning("Model lost, a new session is opened: {}", why)
        # Not in this task: it is the old session's, and ends with it.
        self._recovery_task = self.create_task(self._recover(why))

    async def _recover(self, why: str) -> None:
        await self._leave_session()
        self._resuming = self._replay_due
        try:
            async with asyncio.timeout(RECONNECT_SECS):
                await self._enter_session(await self._reconnection())
        except (ModelUnreachable, TimeoutError) as error:
            await self._tell_trouble(ModelTrouble.UNREACHABLE)
            await self._lose(f"{why}; no new session: {error or 'too late'}")
        else:
            logger.info("Call goes on in a new session")

    async def _leave_session(self) -> None:
        """Forget what only the old session knew."""
        if self._response_active or self._current_assistant_response:
            await self.push_frame(TTSStoppedFrame())
            await self.push_frame(LLMFullResponseEndFrame())
        await self.push_frame(SessionLostFrame())
        if self._caller_speaking:
            await self.broadcast_frame(ProposedUserStoppedSpeakingFrame)
        self._api_session_ready = self._caller_speaking = False
        self._response_active = self._response_create_owed = False
        self._current_assistant_response = self._current_audio_response = None
        self._pending_function_calls.clear()
        self._calls_between = self._open_function_calls.copy()
        self._open_function_calls.clear()
        self._configured.clear()
        self._replay_due = not self._llm_needs_conversation_setup

    async def _enter_session(self, websocket: ClientConnection) -> None:
        """Take a new socket in the place of the old one, until its session is the one we need."""
        old, self._websocket = self._websocket, websocket
        self._receive_task = self.create_task(self._receive_task_handler())
        try:
            await self._configured.wait()
        finally:
            if old:
                await old.close()

    async def _handle_evt_session_updated(self, evt: Any) -> None:
        """Replay the conversation into a session that is not the first, before it is used."""
        if self._replay_due:
            self._replay_due = False
            await self._replay()
        await super()._handle_evt_session_updated(evt)
        await self._tell_results()  # of tools that were done meanwhile

    async def _replay(self) -> None:
        assert self._context is not None  # noqa: S101  a conversation was set up from it
        await self._wait_for_calls(self._context)
        # As it is now: results that come while it is replayed must be told.
        context = LLMContext(deepcopy(self._context.get_messages()), tools=self._context.tools)
        params = await self.get_llm_adapter().get_llm_invocation_params(context)
        for item in params["messages"]:
            await self._add_item(item)
        await self._tell_results(known_to=context)
        if self._resuming:
            self._resuming = False
            self._run_llm_when_api_session_ready = True
            await self._send_message_item(RESUMED)

    async def _tell_results(self, known_to: LLMContext | None = None) -> None:
        """Give the session the results that came between, but those that a context holds."""
        results, self._results_between = self._results_between, []
        for frame in results:
            if known_to is None or not knows_result(known_to, frame.tool_call_id):
                await super()._handle_function_call_result(frame)

    async def _wait_for_calls(self, context: LLMContext) -> None:
        """A call of the old session is on its way into the context; unknown, it is made again."""
        for _ in range(CALLS_KNOWN_LOOKS):
            # Pipecat's context tells nobody of what it gets.
            if all(knows_call(context, call) for call in self._calls_between):
                return
            await asyncio.sleep(CALLS_KNOWN_SECS)

    async def _add_item(self, item: events.ConversationItem, after: str | None = None) -> None:
        """Put an item of our own into the conversation, at the end or after another one."""
        self._messages_added_manually[item.id] = True
        await self.send_client_event(
            events.ConversationItemCreateEvent(item=item, previous_item_id=after)
        )

    async def _handle_function_call_result(self, frame: FunctionCallResultFrame) -> None:
        """Keep what comes between two sessions for the new one."""
        if self._api_session_ready:
            await super()._handle_function_call_result(frame)
        else:
            self._results_between.append(frame)

    async def _send_tool_result(self, tool_call_id: str, result: str | None) -> None:
        # A result that the context brings before the replay is a part of the replay.
        if not self._replay_due:
            await super()._send_tool_result(tool_call_id, result)

    #
    # A session is about to expire
    #

    async def _handle_session_created(self, event: Event) -> None:
        """Note when the session ends, and ask for the one we need."""
        expires_at = cast(dict[str, Any], event.get("session", {})).get("expires_at")
        left_secs = expires_at - time.time() if isinstance(expires_at, int) else SESSION_SECS
        if not 0 < left_secs <= SESSION_SECS:
            left_secs = SESSION_SECS
        early_secs = min(RENEW_BEFORE_SECS, left_secs / 2)
        self._ends_at = time.monotonic() + left_secs
        self._renew_at = max(self._ends_at - early_secs, time.monotonic() + SHORTEST_SECS)
        if self._renewal_task is None:
            self._renewal_task = self.create_task(self._renew_when_due())
        await self._handle_evt_session_created(None)

    async def _renew_when_due(self) -> None:
        while True:
            await asyncio.sleep(max(self._renew_at - time.monotonic(), QUIET_SECS))
            if self._is_due and not self._recovering:
                await self._renew()

    @property
    def _recovering(self) -> bool:
        return self._recovery_task is not None and not self._recovery_task.done()

    @property
    def _is_due(self) -> bool:
        """Whether it is time, and a quiet moment or the last one."""
        return time.monotonic() >= self._renew_at and self._may_move

    @property
    def _may_move(self) -> bool:
        """Whether nobody speaks and nothing is under way, or there is no time left for that."""
        at_work = self._response_active or bool(self._open_function_calls)
        quiet = not (at_work or self._caller_speaking or self._bot_speaking)
        return quiet or time.monotonic() > self._ends_at - LAST_MOMENT_SECS

    async def _renew(self) -> None:
        self._renew_at = time.monotonic() + SHORTEST_SECS
        old = self._websocket
        try:
            async with asyncio.timeout(RECONNECT_SECS):
                websocket = await self._reconnection()
        except (ModelUnreachable, TimeoutError) as error:
            await self._tell_trouble(ModelTrouble.UNREACHABLE)
            logger.warning("Session cannot be renewed yet: {}", error or "too late")
            return
        try:
            # To connect took a while, and somebody may speak by now.
            while not (self._may_move or self._recovering):  # noqa: ASYNC110  a quiet moment has no event
                await asyncio.sleep(QUIET_SECS)
            if self._recovering or self._websocket is not old:
                await websocket.close()
                return
            if self._receive_task:
                await self.cancel_task(self._receive_task)
            await self._leave_session()
            async with asyncio.timeout(RECONNECT_SECS):
                await self._enter_session(websocket)
            logger.info("Session renewed")
        except TimeoutError:
            await self._socket_ended("the renewed session was not confirmed")
        except asyncio.CancelledError:
            await websocket.close()
            raise
