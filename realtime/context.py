"""How a Pipecat context becomes items of a Realtime conversation."""

import json
from typing import Any, cast

from pipecat.adapters.llm.services.open_ai_realtime_adapter import (
    OpenAIRealtimeLLMAdapter,
    OpenAIRealtimeLLMInvocationParams,
)
from pipecat.processors.aggregators import async_tool_messages
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.realtime import events


class RealtimeContextAdapter(OpenAIRealtimeLLMAdapter):
    """One item a message, in the message's own role.

    Pipecat packs a context of several messages into one user message. Then what the spa knows
    of the caller would reach the model as words of the caller.
    """

    async def get_llm_invocation_params(
        self,
        context: LLMContext,
        *,
        system_instruction: str | None = None,
        service_tools: Any = None,
    ) -> OpenAIRealtimeLLMInvocationParams:
        """The context as instructions, items and tools."""
        params = await super().get_llm_invocation_params(
            LLMContext(tools=context.tools),
            system_instruction=system_instruction,
            service_tools=service_tools,
        )
        messages = [cast(dict[str, Any], m) for m in context.get_messages() if isinstance(m, dict)]
        params["messages"] = [item for message in messages for item in _items(message)]
        return params


def knows_call(context: LLMContext, tool_call_id: str) -> bool:
    """Whether the context holds that a tool was called."""
    messages = [message for message in context.get_messages() if isinstance(message, dict)]
    return any(message.get("tool_call_id") == tool_call_id for message in messages)


def knows_result(context: LLMContext, tool_call_id: str) -> bool:
    """Whether the context holds the result of a tool call, and not only that it was called."""
    for message in context.get_messages():
        if not isinstance(message, dict):
            continue
        payload = async_tool_messages.parse_message(message)
        if payload is not None:
            if payload.tool_call_id == tool_call_id and payload.kind == "final":
                return True
        elif message.get("tool_call_id") == tool_call_id:
            return message.get("content") != "IN_PROGRESS"
    return False


def _items(message: dict[str, Any]) -> list[events.ConversationItem]:
    """A message of the context as conversation items."""
    if message.get("role") == "tool":
        return [
            events.ConversationItem(
                type="function_call_output",
                call_id=message["tool_call_id"],
                output=_text(message.get("content")),
            )
        ]
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return _words(message) + [
        events.ConversationItem(
            type="function_call",
            call_id=call["id"],
            name=call["function"]["name"],
            arguments=call["function"]["arguments"],
        )
        for call in calls
    ]


def _words(message: dict[str, Any]) -> list[events.ConversationItem]:
    """What a message says, in its own role; a developer's word is the system's."""
    text = _text(message.get("content") or "")
    if not text:
        return []
    role = message["role"] if message.get("role") in ("assistant", "user") else "system"
    kind = "output_text" if role == "assistant" else "input_text"
    content = [events.ItemContent(type=kind, text=text)]
    return [events.ConversationItem(type="message", role=role, content=content)]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = cast(list[dict[str, Any]], content)
        return " ".join(str(part["text"]) for part in parts if part.get("type") == "text")
    return json.dumps(content)
