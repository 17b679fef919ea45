"""What the caller says is answered, whatever the model makes of it.

A response that fails or is empty is asked for again, once. Tools that are called without end are
not. Here too only private methods of Pipecat 1.14 would do; see
`tests/realtime/test_pipecat_contract.py`.
"""

import asyncio
from typing import Any, cast

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSSpeakFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime import events

from calls.trouble import ModelTrouble
from realtime.errors import is_fatal, retry_after_secs
from realtime.lasting import LastingRealtimeLLMService
from telephony.frames import SpeakUpFrame

FIXED_TEXT = "fixed_text"
"""Marks, in a response's metadata, one that answers nobody."""

MOST_CALLS = 20
"""So many tools, and not a word of the caller between them: the model has gone astray."""

LONGEST_WAIT_SECS = 3.0
"""A caller waits so long for a model that is too busy."""

STILL_AT_IT = "One moment, please."


class AnsweringRealtimeLLMService(LastingRealtimeLLMService):
    """Asks again where the model fails, and gives up where asking does not help."""

    def __init__(self, **arguments: Any) -> None:
        """Take the arguments of `LastingRealtimeLLMService`."""
        super().__init__(**arguments)
        self._failures = 0
        self._given_up = False
        self._called: set[str] = set()
        self._calls_in_a_row = 0
        self._again_task: asyncio.Task[None] | None = None

    async def _disconnect(self) -> None:
        if self._again_task:
            await self.cancel_task(self._again_task)
            self._again_task = None
        await super()._disconnect()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and speak when told to."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSSpeakFrame):
            await self._speak(frame.text)
        elif isinstance(frame, SpeakUpFrame):
            await self._speak_up()

    async def _speak(self, text: str) -> None:
        """Say a fixed text in the model's voice and in the language of the call.

        Nothing is said while the model is about to speak anyway.
        """
        if not self._api_session_ready or self._response_active:
            return
        self._response_active = True
        await self.push_frame(LLMFullResponseStartFrame())
        await self._ws_send(
            {
                "type": "response.create",
                "response": {
                    "instructions": f'Say only this, in the language of the call: "{text}"',
                    "tool_choice": "none",
                    "metadata": {"purpose": FIXED_TEXT},
                },
            }
        )

    async def _speak_up(self) -> None:
        """Say something: go on waiting aloud, or ask the model again."""
        if self._response_active:
            # A response that has made no sound until now will not.
            self._given_up = True
            await self.send_client_event(events.ResponseCancelEvent())
        elif self._open_function_calls:
            await self._speak(STILL_AT_IT)
        elif self._context:
            await self._create_response()

    #
    # Responses
    #

    async def _handle_evt_speech_started(self, evt: Any) -> None:
        self._failures = self._calls_in_a_row = 0
        await super()._handle_evt_speech_started(evt)

    async def _handle_evt_response_done(self, evt: events.ResponseDone) -> None:
        response = evt.response
        failed = response.status == "failed"
        if failed:
            # Pipecat reports that as an error of its own; what becomes of it is decided here.
            response = response.model_copy(update={"status": "incomplete"})
        await super()._handle_evt_response_done(evt.model_copy(update={"response": response}))
        self._current_audio_response = None  # so that each response has a TTSStartedFrame
        given_up, self._given_up = self._given_up, False
        if given_up:
            await self._ask_again(0.0)
        elif failed:
            details = cast(dict[str, Any], response.status_details or {})
            await self._failed(details.get("error") or {})
        elif response.status != "cancelled" and not _has_content(response):
            await self._was_empty()
        elif response.status == "completed":
            self._failures = 0

    async def _handle_evt_error(self, evt: events.ErrorEvent) -> None:
        await super()._handle_evt_error(evt)
        if self._given_up and evt.error.code == "response_cancel_not_active":
            # The model has refused what it was asked for: no response of it will ever be done.
            self._given_up = self._response_active = False
            await self.push_frame(LLMFullResponseEndFrame())
            await self._ask_again(0.0)

    async def _failed(self, error: dict[str, Any]) -> None:
        code, wait_secs = error.get("code"), retry_after_secs(str(error.get("message")))
        self._failures += 1
        await self._tell_trouble(ModelTrouble.FAILED)
        if is_fatal(code):
            await self._lose(f"the model refused: {code}")
        elif self._failures > 1:
            await self._lose(f"the model failed twice in a row: {code}")
        elif wait_secs > LONGEST_WAIT_SECS:
            await self._lose(f"the model is too busy for {wait_secs:.0f} s: {code}")
        else:
            logger.warning("Response failed, asked for again in {} s: {}", wait_secs, code)
            self._again_task = self.create_task(self._ask_again(wait_secs))

    async def _was_empty(self) -> None:
        """Ask again, once: when that helps nothing either, the caller's patience decides."""
        self._failures += 1
        await self._tell_trouble(ModelTrouble.EMPTY)
        if self._failures == 1:
            logger.warning("Response was empty, asked for again")
            await self._ask_again(0.0)

    async def _ask_again(self, wait_secs: float) -> None:
        await asyncio.sleep(wait_secs)
        if not self._caller_speaking and not self._response_active:
            await self._create_response()

    #
    # Tools
    #

    async def _handle_output_item_done(self, evt: events.ResponseOutputItemDone) -> None:
        item = evt.item
        if item.type == "function_call" and item.status != "incomplete":
            self._calls_in_a_row += 1
            if self._calls_in_a_row > MOST_CALLS:
                await self._lose(f"the model called more than {MOST_CALLS} tools in a row")
                return
            if item.call_id in self._called:
                self._warn_once("call_id", "Model called a tool twice with one call_id, done once")
                self._results_awaiting_response = True
                await self._create_response()
                return
            self._called.add(str(item.call_id))
        await super()._handle_output_item_done(evt)


def _has_content(response: events.Response) -> bool:
    """Whether the caller gets anything of it, or a tool is at work for them."""
    return any(
        item.type == "function_call"
        or any(part.transcript or part.text or part.audio for part in item.content or [])
        for item in response.output or []
    )
