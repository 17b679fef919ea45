"""OpenAI's client, which Pipecat's service of Ollama uses, against the stand-in of Ollama."""

from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from simulator.ollama import Ollama
from simulator.realtime import CallTool, Conversation, Output

ASKED: list[Any] = [{"role": "user", "content": "Is Tuesday free?"}]
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "look", "parameters": {}}}


class Thinker:
    """Calls a tool."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        return [CallTool("look", {"day": "Tuesday"})]

    def transcribe(self, turn: int) -> str | None:
        return None


async def ask(url: str, model: str, **options: Any) -> list[Any]:
    async with AsyncOpenAI(api_key="ollama", base_url=url, max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=model, messages=ASKED, stream=True, **options
        )
        return [chunk async for chunk in stream]


async def test_a_pulled_model_calls_a_tool_and_tells_what_it_took() -> None:
    async with Ollama(Thinker) as ollama:
        usage = {"include_usage": True}
        chunks = await ask(ollama.url, "llama3.2:latest", tools=[TOOL], stream_options=usage)
    assert {chunk.system_fingerprint for chunk in chunks} == {"fp_ollama"}
    call, end, took = chunks
    assert call.choices[0].delta.tool_calls[0].function.name == "look"
    assert end.choices[0].finish_reason == "tool_calls"
    assert took.usage.total_tokens == took.usage.prompt_tokens + took.usage.completion_tokens > 0


async def test_a_model_that_was_not_pulled_or_knows_no_tools_is_refused() -> None:
    async with Ollama(Thinker) as ollama:
        with pytest.raises(NotFoundError, match="model 'llama4' not found"):
            await ask(ollama.url, "llama4")
        with pytest.raises(BadRequestError, match="does not support tools"):
            await ask(ollama.url, "gemma", tools=[TOOL])
        assert len(ollama.refused) == 2
