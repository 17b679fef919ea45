import json
from typing import Any, cast

import pytest
from openai.types.realtime import ConversationItemCreateEvent
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.processors.aggregators.llm_context import LLMContext

from realtime.context import RealtimeContextAdapter
from tests.realtime.test_session import unknown_keys


async def items(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a context, after OpenAI's own types have seen them."""
    context = LLMContext(messages=cast(list[Any], list(messages)))
    params = await RealtimeContextAdapter().get_llm_invocation_params(context)
    dumped = [item.model_dump(exclude_none=True) for item in params["messages"]]
    for item in dumped:
        event = {"type": "conversation.item.create", "item": item}
        assert unknown_keys(ConversationItemCreateEvent.model_validate(event), "") == []
        del item["id"]
    return dumped


def message(role: str, kind: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


CALL: dict[str, Any] = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "check_availability", "arguments": '{"date": "2026-11-24"}'},
}


@pytest.mark.parametrize(
    ("role", "item"),
    [
        ("developer", message("system", "input_text", "The caller is Ada.")),
        ("system", message("system", "input_text", "The caller is Ada.")),
        ("user", message("user", "input_text", "The caller is Ada.")),
        ("assistant", message("assistant", "output_text", "The caller is Ada.")),
    ],
)
async def test_a_message_is_one_item_in_its_own_role(role: str, item: dict[str, Any]) -> None:
    assert await items({"role": role, "content": "The caller is Ada."}) == [item]


async def test_what_the_spa_knows_of_the_caller_never_becomes_words_of_the_caller() -> None:
    """Pipecat would pack the three into one message of the user."""
    assert await items(
        {"role": "developer", "content": "The caller is Ada."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Hello, Ada."},
    ) == [
        message("system", "input_text", "The caller is Ada."),
        message("user", "input_text", "Hello?"),
        message("assistant", "output_text", "Hello, Ada."),
    ]


async def test_a_tool_call_and_its_result_are_items_that_know_each_other() -> None:
    assert await items(
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"ok": true}'},
    ) == [
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "check_availability",
            "arguments": '{"date": "2026-11-24"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": '{"ok": true}'},
    ]


async def test_every_call_of_a_message_is_an_item() -> None:
    calls = [CALL, {**CALL, "id": "call_2"}]
    made = await items({"role": "assistant", "tool_calls": calls})
    assert [item["call_id"] for item in made] == ["call_1", "call_2"]


async def test_what_was_said_before_a_tool_call_is_kept() -> None:
    said, called = await items(
        {"role": "assistant", "content": "One moment.", "tool_calls": [CALL]}
    )
    assert said == message("assistant", "output_text", "One moment.")
    assert called["type"] == "function_call"


async def test_a_result_that_is_no_text_is_json() -> None:
    (item,) = await items({"role": "tool", "tool_call_id": "call_1", "content": {"ok": True}})
    assert json.loads(item["output"]) == {"ok": True}


async def test_the_text_parts_of_a_message_are_joined_and_the_others_left_out() -> None:
    parts = [
        {"type": "text", "text": "Hello,"},
        {"type": "input_audio", "input_audio": {"data": "//8=", "format": "wav"}},
        {"type": "text", "text": "Ada."},
    ]
    assert await items({"role": "user", "content": parts}) == [
        message("user", "input_text", "Hello, Ada.")
    ]


@pytest.mark.parametrize("content", [None, "", []])
@pytest.mark.parametrize("role", ["user", "assistant", "developer"])
async def test_a_message_without_words_is_no_item(role: str, content: Any) -> None:
    assert await items({"role": role, "content": content}) == []


async def test_instructions_and_tools_are_those_of_the_service_and_the_context() -> None:
    tool = FunctionSchema(
        name="end_call",
        description="Hang up.",
        properties={"reason": {"type": "string"}},
        required=["reason"],
    )
    params = await RealtimeContextAdapter().get_llm_invocation_params(
        LLMContext(tools=ToolsSchema(standard_tools=[tool])), system_instruction="Be kind."
    )
    assert params["system_instruction"] == "Be kind."
    assert params["messages"] == []
    assert params["tools"] == [
        {
            "type": "function",
            "name": "end_call",
            "description": "Hang up.",
            "parameters": {
                "type": "object",
                "properties": {"reason": {"type": "string"}},
                "required": ["reason"],
            },
        }
    ]


async def test_the_context_itself_is_left_as_it_was() -> None:
    context = LLMContext(messages=[{"role": "user", "content": "Hello?"}])
    await RealtimeContextAdapter().get_llm_invocation_params(context)
    assert context.get_messages() == [{"role": "user", "content": "Hello?"}]
