"""The first words, which do not wait for the pipeline that they are heard through."""

import base64
from dataclasses import dataclass
from typing import Any, cast

from pipecat.frames.frames import (
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSStoppedFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.realtime import events
from pipecat.utils.tracing.service_decorators import (
    traced_openai_realtime,  # pyright: ignore[reportUnknownVariableType]  not annotated
)

from realtime.recording import Recording
from realtime.service import MulawRealtimeLLMService
from telephony.frames import TruncateItemFrame

PIECE_BYTES = 3200
"""A recording goes to the line in pieces of 400 ms, about as large as the model's."""


@dataclass(frozen=True)
class Recited:
    """A recording and its place in the conversation, where it is text.

    Attributes:
        recording: what is said.
        item_id: the item with its words.
        previous_item_id: the item before that.
    """

    recording: Recording
    item_id: str
    previous_item_id: str

    def heard(self, heard_ms: int) -> str:
        """The words of which so much was heard, to the last whole one."""
        text = self.recording.text
        end = len(text) * heard_ms * 8 // len(self.recording.mulaw)
        return text if end >= len(text) else text[: text.rfind(" ", 0, end + 1) + 1].rstrip()


class GreetingRealtimeLLMService(MulawRealtimeLLMService):
    """Greets without waiting for the pipeline, nor for the model's confirmations.

    What the model answers to `greet` waits in the socket until the pipeline first runs the model:
    then it is taken in as every other answer, from the first event on. A recorded greeting is said
    at that moment.
    """

    _asked = False
    _recited: Recited | None = None
    _shortened = False

    async def greet(self, context: LLMContext, recording: Recording | None = None) -> None:
        """Open and configure the session, put the context in and see to the first answer.

        Args:
            context: as the pipeline's own will be when it first runs the model.
            recording: what is said in place of an answer of the model's.

        Raises:
            ModelUnreachable: there is no socket; the pipeline connects as if nobody had asked.
        """
        messages = list(context.get_messages())
        if recording:
            messages.append({"role": "assistant", "content": recording.text})
        params = await self.get_llm_adapter().get_llm_invocation_params(LLMContext(messages))
        items = params["messages"]
        await self._open()
        await self._send_session_update()
        for item in items:
            await self._add_item(item)
        if recording:
            self._recited = Recited(recording, items[-1].id, items[-2].id)
        else:
            await self._ws_send({"type": "response.create", "response": self._first_response()})
            self._response_active = True
        self._llm_needs_conversation_setup = False
        self._asked = True

    def _first_response(self) -> dict[str, Any]:
        """An answer in the session's format and voice, also if it should begin before they hold."""
        output = cast(dict[str, Any], self._session)["audio"]["output"]
        return {
            "output_modalities": [self._options.output_modality],
            "audio": {"output": {key: output[key] for key in ("format", "voice")}},
        }

    async def _create_response(self) -> None:
        """Hear the answer that was seen to early; ask for every other one."""
        if not self._asked:
            await super()._create_response()
            return
        self._asked = False
        if self._recited:
            await self._recite(self._recited)
            self._listen()
        else:
            await self._hear_first_answer()

    @traced_openai_realtime(operation="llm_request")  # pyright: ignore[reportUntypedFunctionDecorator]  Pipecat's are not annotated
    async def _hear_first_answer(self) -> None:
        """Take in the answer that was asked for early; in a trace the request is here."""
        self._listen()

    async def _recite(self, recited: Recited) -> None:
        """Say the recording, as if the model had answered with it."""
        mulaw = recited.recording.mulaw
        await self.push_frame(LLMFullResponseStartFrame())
        for at in range(0, len(mulaw), PIECE_BYTES):
            await self._handle_audio(
                {
                    "delta": base64.b64encode(mulaw[at : at + PIECE_BYTES]).decode("ascii"),
                    "item_id": recited.item_id,
                    "content_index": 0,
                    "response_id": recited.item_id,
                }
            )
        await self._push_output_transcript_text_frames(recited.recording.text)
        await self.push_frame(TTSStoppedFrame())
        await self.push_frame(LLMFullResponseEndFrame())
        self._current_audio_response = None

    async def _truncate(self, frame: TruncateItemFrame) -> None:
        """Let the model know what was heard; of a recording it has only words, to be shortened."""
        recited = self._recited
        if recited is None or frame.item_id != recited.item_id:
            await super()._truncate(frame)
        elif not self._shortened:
            self._shortened = True
            await self._shorten(recited, frame.heard_ms)

    async def _shorten(self, recited: Recited, heard_ms: int) -> None:
        await self.send_client_event(events.ConversationItemDeleteEvent(item_id=recited.item_id))
        if words := recited.heard(heard_ms):
            shortened = events.ItemContent(type="output_text", text=f"{words} ...")
            item = events.ConversationItem(type="message", role="assistant", content=[shortened])
            await self._add_item(item, recited.previous_item_id)
