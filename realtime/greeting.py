"""The first words, asked for before there is a pipeline that could hear them."""

from typing import Any, cast

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.realtime import events

from realtime.service import MulawRealtimeLLMService


class GreetingRealtimeLLMService(MulawRealtimeLLMService):
    """Greets without waiting for the pipeline, nor for the model's confirmations.

    What the model answers to `greet` waits in the socket until the pipeline first runs the model:
    then it is taken in as every other answer, from the first event on.
    """

    _asked = False

    async def greet(self, context: LLMContext) -> None:
        """Open and configure the session, put the context in and ask for the first answer.

        Args:
            context: as the pipeline's own will be when it first runs the model.

        Raises:
            ModelUnreachable: there is no socket; the pipeline connects as if nobody had asked.
        """
        params = await self.get_llm_adapter().get_llm_invocation_params(context)
        self._websocket = await self._connection()
        await self._send_session_update()
        for item in params["messages"]:
            self._messages_added_manually[item.id] = True
            await self.send_client_event(events.ConversationItemCreateEvent(item=item))
        await self._ws_send({"type": "response.create", "response": self._first_response()})
        self._llm_needs_conversation_setup = False
        self._asked = self._response_active = True

    def _first_response(self) -> dict[str, Any]:
        """An answer in the session's format and voice, also if it should begin before they hold."""
        output = cast(dict[str, Any], self._session)["audio"]["output"]
        return {
            "output_modalities": [self._options.output_modality],
            "audio": {"output": {key: output[key] for key in ("format", "voice")}},
        }

    async def _create_response(self) -> None:
        """Hear the answer that was asked for early; ask for every other one."""
        if self._asked:
            self._asked = False
            self._listen()
        else:
            await super()._create_response()
