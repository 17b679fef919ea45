import base64
import json
from typing import Any

import pytest
from pipecat.frames.frames import (
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    TTSStartedFrame,
)

from realtime.connection import ModelUnreachable
from realtime.session import FORMATS
from simulator.realtime import RealtimeSimulator, Say, Session
from telephony.frames import MulawOutputFrame
from tests.realtime.harness import CONTEXT, Script, Talk, soon, talk

GREETING = bytes(range(256)) * 40


def played(running: Talk) -> bytes:
    frames = running.caught.of(MulawOutputFrame)
    return b"".join(base64.b64decode(frame.payload) for frame in frames)


def ends(running: Talk) -> int:
    return len(running.caught.of(LLMFullResponseEndFrame))


def model(*responses: list[Say], **knobs: Any) -> RealtimeSimulator:
    return RealtimeSimulator(lambda: Script(*responses), speed_factor=1000.0, **knobs)


async def done(model: RealtimeSimulator) -> Session:
    await soon(lambda: model.sessions and '"response.done"' in json.dumps(model.sessions[0].sent))
    return model.sessions[0]


async def test_all_is_asked_for_at_once_and_in_the_sessions_voice_and_format() -> None:
    async with (
        model([Say("Hello.", GREETING)]) as server,
        talk(server.url, early=True, greet=False) as running,
    ):
        session = await done(server)
        asked = list(session.received)
        assert not running.caught.of(TTSStartedFrame)
    assert [event["type"] for event in asked] == [
        "session.update",
        "conversation.item.create",
        "response.create",
    ]
    update, item, response = asked
    assert item["item"]["role"] == "system"
    assert item["item"]["content"] == [{"type": "input_text", "text": "The caller is known."}]
    assert response["response"]["audio"]["output"] == {
        "format": FORMATS["g711_ulaw"],
        "voice": update["session"]["audio"]["output"]["voice"],
    }


async def test_the_answer_is_heard_when_the_pipeline_first_runs_the_model() -> None:
    async with (
        model([Say("Hello.", GREETING)], [Say("Go on.", GREETING[:800])]) as server,
        talk(server.url, early=True, greet=False) as running,
    ):
        session = await done(server)
        await running.worker.queue_frame(LLMRunFrame())
        await running.caught.until(lambda: ends(running) == 1)
        assert played(running) == GREETING
        # From here on it is a service like any other.
        await running.llm.queue_frame(LLMMessagesAppendFrame(CONTEXT, run_llm=True))
        await running.caught.until(lambda: ends(running) == 2)
        assert played(running) == GREETING + GREETING[:800]
        kinds = [event["type"] for event in session.received]
        assert kinds.count("session.update") == 1
        assert kinds.count("conversation.item.create") == 2
        assert kinds.count("response.create") == 2
        assert running.errors == []


async def test_a_format_that_was_not_confirmed_is_seen_before_a_byte_is_played() -> None:
    async with (
        model([Say("Hello.", GREETING)], ignore_audio_format=True) as server,
        talk(server.url, early=True, greet=False) as running,
    ):
        await done(server)
        await running.worker.queue_frame(LLMRunFrame())
        assert "mu-law" in await running.until_lost()
        assert played(running) == b""


async def test_without_a_socket_the_pipeline_learns_it_as_usual() -> None:
    with pytest.raises(ModelUnreachable):
        async with talk("ws://127.0.0.1:9/v1/realtime", early=True):
            pass
