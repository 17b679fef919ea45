"""The stand-in of Grok, against the types of Pipecat's own client of it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from pipecat.services.xai.realtime.events import SessionProperties, parse_server_event
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from simulator import mulaw
from simulator.grok import GrokSession, GrokSimulator
from simulator.realtime import CallTool, Say
from simulator.realtime.audio import from_mulaw
from tests.simulator.realtime_client import Client, Event, Script, utterance

PCM: dict[str, Any] = {"type": "audio/pcm", "rate": 8000}
SESSION: dict[str, Any] = {
    "instructions": "You answer the phone.",
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 400},
    "audio": {
        "input": {"format": PCM, "transcription": {"model": "grok-transcribe"}},
        "output": {"format": PCM},
    },
}
TOOL: dict[str, Any] = {"type": "function", "name": "look", "parameters": {}}
HEARD = "conversation.item.input_audio_transcription"


def check_event(event: Event) -> None:
    """Pipecat's client knows the event and reads it."""
    parse_server_event(json.dumps(event))
    if "session" in event:
        assert set(event["session"]) <= set(SessionProperties.model_fields)


class GrokClient(Client):
    check = staticmethod(check_event)


@asynccontextmanager
async def talking(script: Script, **knobs: Any) -> AsyncGenerator[tuple[GrokClient, GrokSession]]:
    headers = {"Authorization": "Bearer xai-test"}
    async with (
        GrokSimulator(script, **knobs) as model,
        connect(model.url, additional_headers=headers) as connection,
    ):
        client = GrokClient(connection)
        await client.until("conversation.created")
        assert client.kinds() == ["session.created", "conversation.created"]
        (session,) = model.sessions
        assert isinstance(session, GrokSession)
        yield client, session


async def say(client: Client, words: str = "I would like a massage.") -> None:
    await client.speak(from_mulaw(utterance(words), PCM), piece_ms=40)


async def test_a_caller_is_heard_and_answered_in_pcm_of_the_line() -> None:
    script = Script([Say("Hello there.")], transcripts=["A massage, please."])
    async with talking(script, transcription="before", speed_factor=50.0) as (client, _):
        session = await client.configure(SESSION)
        assert session["audio"]["output"]["format"] == PCM
        assert session["turn_detection"]["threshold"] == 0.85
        assert session["model"] == "grok-voice-latest"
        await say(client)
        done = await client.until("response.done")
    assert mulaw.energy(np.frombuffer(client.audio(), dtype="<i2")) > 500
    updates = [event["transcript"] for event in client.of(f"{HEARD}.updated")]
    assert updates == ["A massage", "A massage, please."]
    assert client.of(f"{HEARD}.completed")[0]["transcript"] == "A massage, please."
    assert done["usage"] == done["response"]["usage"]
    assert not {"conversation.item.done", "rate_limits.updated"} & set(client.kinds())
    assert not any("obfuscation" in event for event in client.events)


async def test_words_come_whole_unless_asked_for_as_they_come() -> None:
    script = Script([Say("Hello.")], transcripts=["A massage.", None])
    async with talking(script, transcription="before", speed_factor=50.0) as (client, _):
        await client.configure(SESSION | {"audio": {"input": {"format": PCM}}})
        await say(client)
        await client.until("response.done")
    assert client.of(f"{HEARD}.updated") == []
    assert [event["transcript"] for event in client.of(f"{HEARD}.completed")] == ["A massage."]


async def test_a_tool_is_called_and_its_result_read() -> None:
    script = Script([CallTool("look", {"day": "Tuesday"})], [Say("It is free.")])
    async with talking(script, speed_factor=50.0) as (client, _):
        await client.configure(SESSION | {"tools": [TOOL]})
        wanted = {"modalities": ["text", "audio"], "instructions": "Look.", "metadata": {"n": "1"}}
        await client.send("response.create", response=wanted)
        call = await client.until("response.function_call_arguments.done")
        assert (call["name"], json.loads(call["arguments"])) == ("look", {"day": "Tuesday"})
        done = await client.until("response.done")
        assert done["response"]["metadata"] == {"n": "1"}
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "{}"}
        await client.send("conversation.item.create", item=output)
        await client.send("response.create")
        await client.until("response.done")
    first, second = script.seen
    assert first.response_instructions == "Look."
    assert second.function_outputs == [{}]


async def test_a_caller_who_interrupts_cuts_the_answer_and_its_words() -> None:
    said = "We are open from nine to six, from Monday to Saturday, and never on a Sunday."
    script = Script([Say(said)], [Say("Yes?")])
    async with talking(script, speed_factor=1.5, stray_deltas=0) as (client, _):
        await client.configure(SESSION)
        await client.send("response.create")
        delta = await client.until("response.output_audio.delta")
        await say(client, "Stop.")
        done = await client.until("response.done")
        assert done["response"]["status"] == "cancelled"
        cut = {"item_id": delta["item_id"], "content_index": 0, "audio_end_ms": 100}
        await client.send("conversation.item.truncate", **cut)
        truncated = await client.until("conversation.item.truncated")
    assert truncated["audio_end_ms"] == 100
    assert said.startswith(truncated["transcript"])
    assert 0 < len(truncated["transcript"]) < len(said) / 2


async def test_a_client_may_end_the_turns_itself() -> None:
    async with talking(Script([Say("Hello.")]), speed_factor=50.0) as (client, _):
        await client.configure(SESSION | {"turn_detection": {"type": None}})
        await say(client)
        await client.send("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
        await client.send("response.create")
        await client.until("response.done")
        assert "input_audio_buffer.speech_started" not in client.kinds()
        session = await client.configure({"turn_detection": {"type": "server_vad"}})
        assert session["turn_detection"]["prefix_padding_ms"] == 333


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"type": "realtime"}, "session.type"),
    ({"output_modalities": ["audio"]}, "session.output_modalities"),
    ({"audio": {"input": {"turn_detection": None}}}, "session.audio.input.turn_detection"),
    ({"audio": {"output": {"voice": "eve"}}}, "session.audio.output.voice"),
    ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 9000}}}}, "session.audio.input"),
    ({"audio": {"input": {"transcription": {"keyterms": ["a"] * 101}}}}, "session.audio.input"),
    ({"audio": {"output": {"speed": 2}}}, "session.audio.output.speed"),
    ({"turn_detection": {"type": "semantic_vad"}}, "session.turn_detection.type"),
    ({"turn_detection": {"type": "server_vad", "threshold": 0.95}}, "session.turn_detection"),
    ({"turn_detection": {"threshold": 0.5}}, "session.turn_detection.type"),
    ({"tools": [{"type": "function", "name": "look"}]}, "session.tools[0].parameters"),
    ({"reasoning": {"effort": "low"}}, "session.reasoning.effort"),
]


async def test_what_is_not_in_its_session_is_refused_whole() -> None:
    async with talking(Script()) as (client, session):
        for fields, path in REFUSED:
            error = await client.refused("session.update", session=fields | {"voice": "rex"})
            assert error["param"].startswith(path)
            assert error["code"] is None
        assert session.settings["voice"] == "eve"


async def test_events_out_of_place_are_refused() -> None:
    async with talking(Script()) as (client, _):
        await client.refused("conversation.item.retrieve", item_id="item_1")
        await client.refused("response.create", response={"modalities": ["text"]})
        await client.refused("response.create", response={"output_modalities": ["audio"]})
        error = await client.refused("input_audio_buffer.commit")
        assert "turn_detection is null" in error["message"]
        error = await client.refused("response.cancel")
        assert "no active response" in error["message"]
        forced: dict[str, Any] = {"type": "force_message", "role": "assistant", "content": []}
        await client.refused("conversation.item.create", item=forced)
        await client.send("input_audio_buffer.append", audio="AAAA")
        error = await client.refused("session.update", session=SESSION)
        assert error["param"] == "session.audio.input.format"


async def test_a_session_that_is_too_long_is_told_so() -> None:
    async with talking(Script(), session_seconds=0.2) as (client, _):
        while (event := await client.next())["type"] != "error":
            pass
        assert event["error"]["type"] == "max_duration"
        await client.connection.wait_closed()


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [("sk-test", "", 401), ("", "", 401), ("xai-test", "?model=gpt-realtime-2.1", 404)],
)
async def test_a_stranger_and_an_unknown_model_are_refused(
    key: str, query: str, status: int
) -> None:
    async with GrokSimulator(Script()) as model:
        connecting = connect(
            model.url + query, additional_headers={"Authorization": f"Bearer {key}"}
        )
        with pytest.raises(InvalidStatus) as refusal:
            await connecting
    assert refusal.value.response.status_code == status


async def test_a_port_that_hangs_up_refuses_everybody() -> None:
    async with GrokSimulator(Script(), refuse_with_http=503) as model:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(model.url, additional_headers={"Authorization": "Bearer xai-test"})
    assert refusal.value.response.status_code == 503
