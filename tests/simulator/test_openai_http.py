"""OpenAI's own client against the stand-in of its HTTP API."""

import io
import wave
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from openai import AsyncOpenAI, AuthenticationError, BadRequestError
from openai.types.chat import ChatCompletionMessageParam

from simulator.openai_http import OpenAIHttp
from simulator.realtime import CallTool, Conversation, Output, Say

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Is Tuesday free?"}]


class Thinker:
    """Calls a tool once, then says what it answered."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        if not conversation.function_outputs:
            return [Say("One moment."), CallTool("look", {"day": "Tuesday"})]
        return [Say(f"It answered {conversation.function_outputs[-1]['free']}")]

    def transcribe(self, turn: int) -> str | None:
        return ["first", "second"][turn]


@pytest.fixture
async def client() -> AsyncGenerator[AsyncOpenAI]:
    thinker = Thinker()
    async with (
        OpenAIHttp(lambda: thinker) as openai,
        AsyncOpenAI(api_key="sk-test", base_url=openai.url, max_retries=0) as client,
    ):
        yield client


def wav(frames: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(2 * frames))
    return file.getvalue()


async def answer(client: AsyncOpenAI, messages: list[Any]) -> tuple[str, list[Any], str | None]:
    """The words, the calls and why it ended."""
    words, calls, reason = "", list[Any](), None
    stream = await client.chat.completions.create(model="gpt-4.1", messages=messages, stream=True)
    async for chunk in stream:
        delta = chunk.choices[0].delta
        words += delta.content or ""
        calls += delta.tool_calls or []
        reason = chunk.choices[0].finish_reason or reason
    return words.strip(), calls, reason


async def test_words_and_a_call_are_streamed_and_its_result_is_read(client: AsyncOpenAI) -> None:
    words, (call,), reason = await answer(client, [*ASKED])
    assert (words, call.function.name, reason) == ("One moment.", "look", "tool_calls")
    function = {"name": "look", "arguments": call.function.arguments}
    called = {"id": call.id, "type": "function", "function": function}
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"free": true}'}
    done = [*ASKED, {"role": "assistant", "tool_calls": [called]}, result]
    assert await answer(client, done) == ("It answered True", [], "stop")
    with pytest.raises(BadRequestError, match="must be followed by tool messages"):
        await answer(client, [*done[:-1], *ASKED])
    with pytest.raises(BadRequestError, match="must follow 'tool_calls'"):
        await answer(client, [*ASKED, result])


async def test_each_turn_is_transcribed(client: AsyncOpenAI) -> None:
    heard = [
        (
            await client.audio.transcriptions.create(
                model="gpt-transcribe", file=("audio.wav", wav(800), "audio/wav")
            )
        ).text
        for _ in range(2)
    ]
    assert heard == ["first", "second"]


@pytest.mark.parametrize("content", [b"no audio", wav(0)])
async def test_what_holds_no_audio_is_refused(client: AsyncOpenAI, content: bytes) -> None:
    with pytest.raises(BadRequestError, match="Audio file"):
        await client.audio.transcriptions.create(
            model="gpt-transcribe", file=("audio.wav", content, "audio/wav")
        )


async def test_words_are_spoken_as_pcm_of_24_khz(client: AsyncOpenAI) -> None:
    spoken = await client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="marin", input="Good morning.", response_format="pcm"
    )
    assert 0.3 < len(spoken.content) / 48_000 < 3


async def test_what_is_too_long_or_in_another_form_is_not_spoken(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="longer than 4096"):
        await client.audio.speech.create(
            model="gpt-4o-mini-tts", voice="marin", input="a" * 5000, response_format="pcm"
        )
    with pytest.raises(BadRequestError, match="only makes pcm"):
        await client.audio.speech.create(model="gpt-4o-mini-tts", voice="marin", input="Hello.")


async def test_a_stranger_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(AuthenticationError, match="Incorrect API key"):
        await answer(client.with_options(api_key="nothing"), [*ASKED])


async def test_a_request_without_messages_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="Missing required parameter: 'messages'"):
        await answer(client, [])
