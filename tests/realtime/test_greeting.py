import base64
import json
from typing import Any

import pytest
from pipecat.frames.frames import (
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)

from realtime.connection import ModelUnreachable
from realtime.recording import Recording
from realtime.session import FORMATS
from simulator.realtime import RealtimeSimulator, Say, Session
from telephony import mulaw
from telephony.frames import MulawOutputFrame, TruncateItemFrame
from tests.realtime.harness import CONTEXT, Script, Talk, soon, talk
from tests.realtime.tones import TONE_HZ, pitch_hz, tone

GREETING = bytes(range(256)) * 40
RECORDING = Recording("Good morning, how can I help?", GREETING)


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


async def test_a_greeting_in_pcm_is_transcoded_from_its_first_byte_on() -> None:
    voice = mulaw.encode(tone(mulaw.SAMPLE_RATE, 1.0))
    async with (
        model([Say("Hello.", voice)], ignore_audio_format=True) as server,
        talk(server.url, early=True, greet=False) as running,
    ):
        await done(server)
        await running.worker.queue_frame(LLMRunFrame())
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        heard = mulaw.decode(played(running))
        assert len(heard) / 16 == pytest.approx(1000, abs=60)
        assert pitch_hz(heard, mulaw.SAMPLE_RATE) == pytest.approx(TONE_HZ, abs=2)


async def test_a_recording_is_said_without_an_answer_of_the_models() -> None:
    async with (
        model([Say("Go on.", GREETING[:800])]) as server,
        talk(server.url, early=RECORDING, greet=False) as running,
    ):
        await running.worker.queue_frame(LLMRunFrame())
        await running.caught.until(lambda: ends(running) == 1)
        assert played(running) == GREETING
        assert len(running.caught.of(TTSStartedFrame)) == 1
        assert len(running.caught.of(TTSStoppedFrame)) == 1
        await running.llm.queue_frame(LLMMessagesAppendFrame(CONTEXT, run_llm=True))
        await running.caught.until(lambda: ends(running) == 2)
        assert played(running) == GREETING + GREETING[:800]
        items = server.sessions[0].items.order
        assert [item["role"] for item in items] == ["system", "assistant", "system", "assistant"]
        assert items[1]["content"] == [{"type": "output_text", "text": RECORDING.text}]


@pytest.mark.parametrize(
    ("heard_share", "words"),
    [(0.0, None), (0.1, None), (0.5, "Good morning, ..."), (0.9, "Good morning, how can I ...")],
)
async def test_the_model_is_told_which_words_of_a_recording_were_heard(
    heard_share: float, words: str | None
) -> None:
    async with (
        model([Say("Yes?", GREETING[:800])]) as server,
        talk(server.url, early=RECORDING, greet=False) as running,
    ):
        await running.worker.queue_frame(LLMRunFrame())
        await running.caught.until(lambda: ends(running) == 1)
        item_id = running.caught.of(MulawOutputFrame)[0].item_id
        heard_ms = int(len(GREETING) / 8 * heard_share)
        for _ in range(2):  # late audio of an answer is truncated once more
            await running.llm.queue_frame(TruncateItemFrame(item_id, 0, heard_ms))
        await running.llm.queue_frame(LLMMessagesAppendFrame(CONTEXT, run_llm=True))
        await running.caught.until(lambda: ends(running) == 2)
        session = server.sessions[0]
    said = [item["content"][0]["text"] for item in session.items.order[1:-2]]
    assert said == ([words] if words else [])
    assert [event for event in session.sent if event["type"] == "error"] == []


async def test_an_answer_of_the_model_is_truncated_as_ever_after_a_recording() -> None:
    async with (
        model([Say("Go on.", GREETING)]) as server,
        talk(server.url, early=RECORDING, greet=False) as running,
    ):
        await running.worker.queue_frame(LLMRunFrame())
        await running.caught.until(lambda: ends(running) == 1)
        await running.llm.queue_frame(LLMMessagesAppendFrame(CONTEXT, run_llm=True))
        await running.caught.until(lambda: ends(running) == 2)
        item_id = running.caught.of(MulawOutputFrame)[-1].item_id
        await running.llm.queue_frame(TruncateItemFrame(item_id, 0, 100))
        session = server.sessions[0]
        await soon(lambda: session.sent[-1]["type"] == "conversation.item.truncated")
        assert session.items.audio_ms(item_id) == 100


async def test_without_a_socket_the_pipeline_learns_it_as_usual() -> None:
    with pytest.raises(ModelUnreachable):
        async with talk("ws://127.0.0.1:9/v1/realtime", early=True):
            pass
