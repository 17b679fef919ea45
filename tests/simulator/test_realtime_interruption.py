from typing import Any

import pytest

from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.simulator.realtime_client import (
    Client,
    Script,
    connected,
    phone_session,
    server_vad,
    utterance,
)

LONG = "Let me tell you about all of our treatments, one after the other, from the beginning. " * 3


async def speaking(client: Client, detection: dict[str, Any]) -> dict[str, Any]:
    """A client to which the model has begun to say something long."""
    await client.configure(phone_session(detection))
    await client.send("response.create")
    return await client.until("response.output_audio.delta")


@pytest.mark.parametrize("strays", [0, 2])
async def test_speech_cancels_the_response_after_its_stray_deltas(strays: int) -> None:
    script = Script([Say(LONG)])
    async with (
        RealtimeSimulator(script, vary=False, stray_deltas=strays, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        delta = await speaking(client, server_vad())
        await client.speak(utterance("Stop."))
        await client.until("input_audio_buffer.speech_started")
        begin = len(client.events)
        done = (await client.until("response.done"))["response"]
        assert (done["status"], done["id"]) == ("cancelled", delta["response_id"])
        assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        assert done["output"][0]["status"] == "incomplete"
        kinds = [event["type"] for event in client.events[begin:]]
        assert kinds.count("response.output_audio.delta") == strays
        closing = [kind for kind in kinds if not kind.endswith(".delta")]
        assert closing == [
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        deltas = client.of("response.output_audio_transcript.delta")
        said = "".join(event["delta"] for event in deltas)
        assert client.of("response.output_audio_transcript.done")[0]["transcript"] == said
        assert len(said) < len(LONG)
        await client.until("response.created")


async def test_speech_after_the_response_is_done_cancels_nothing() -> None:
    script = Script([Say("Hello.")])
    async with (
        RealtimeSimulator(script, speed_factor=50, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await speaking(client, server_vad())
        await client.until("response.done")
        await client.speak(utterance("Hello?"))
        await client.until("response.done")
        statuses = [event["response"]["status"] for event in client.of("response.done")]
        assert statuses == ["completed", "completed"]


async def test_without_interruption_the_response_goes_on_and_the_turn_gets_none() -> None:
    script = Script([Say(LONG)])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await speaking(client, server_vad(interrupt_response=False))
        await client.speak(utterance("And?"))
        await client.until("input_audio_buffer.committed")
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"
        assert len(client.of("response.created")) == 1


async def test_a_caller_who_interrupts_a_tool_call_leaves_it_incomplete() -> None:
    script = Script([CallTool("find", {"text": "x" * 600})])
    async with (
        RealtimeSimulator(script, first_audio_ms=0, stray_deltas=0) as model,
        connected(model) as client,
    ):
        await client.configure()
        await client.send("response.create")
        await client.until("response.function_call_arguments.delta")
        await client.send("response.cancel")
        done = await client.until("response.done")
        assert done["response"]["output"][0]["status"] == "incomplete"
        arguments = client.of("response.function_call_arguments.done")[0]["arguments"]
        assert 0 < len(arguments) < 600


async def test_a_second_response_is_an_error_that_leaves_the_first_alone() -> None:
    script = Script([Say("One moment please.")])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.configure()
        await client.send("response.create")
        created = await client.until("response.created")
        error = await client.refused("response.create")
        assert error["code"] == "conversation_already_has_active_response"
        assert created["response"]["id"] in error["message"]
        done = await client.until("response.done")
        assert (done["response"]["id"], done["response"]["status"]) == (
            created["response"]["id"],
            "completed",
        )
        assert len(client.of("response.created")) == 1


async def test_cancelling_gives_what_was_said_and_ends_the_response() -> None:
    script = Script([Say(LONG)])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        delta = await speaking(client, server_vad())
        await client.send("response.cancel", response_id=delta["response_id"])
        done = (await client.until("response.done"))["response"]
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert LONG.startswith(done["output"][0]["content"][0]["transcript"])


@pytest.mark.parametrize("fields", [{}, {"response_id": "resp_other"}])
async def test_cancelling_nothing_is_a_harmless_error(fields: dict[str, Any]) -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("response.cancel", **fields)
        assert error["code"] == "response_cancel_not_active"


async def test_a_response_outside_the_conversation_runs_beside_it() -> None:
    script = Script([Say(LONG)], [Say("A summary.")])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await speaking(client, server_vad())
        await client.send(
            "response.create",
            response={
                "conversation": "none",
                "output_modalities": ["text"],
                "metadata": {"topic": "summary"},
                "instructions": "Sum up.",
            },
        )
        done = (await client.until("response.done"))["response"]
        assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "summary"})
        assert script.seen[1].response_instructions == "Sum up."
        assert script.seen[1].metadata == {"topic": "summary"}
        assert len(model.sessions[0].items.order) == 1
        done = (await client.until("response.done"))["response"]
        assert done["conversation_id"] is not None


async def test_a_response_beside_the_conversation_can_be_cancelled_by_its_id() -> None:
    script = Script([Say(LONG)])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await client.send("response.create", response={"conversation": "none"})
        created = await client.until("response.created")
        assert (await client.refused("response.cancel"))["code"] == "response_cancel_not_active"
        await client.send("response.cancel", response_id=created["response"]["id"])
        done = await client.until("response.done")
        assert done["response"]["status"] == "cancelled"


async def test_a_stray_delta_does_not_exceed_the_token_limit() -> None:
    script = Script([Say(LONG)])
    async with (
        RealtimeSimulator(script, first_audio_ms=0, stray_deltas=50) as model,
        connected(model) as client,
    ):
        await client.configure({**phone_session(server_vad()), "max_output_tokens": 100})
        await client.send("response.create")
        await client.until("response.output_audio.delta")
        await client.speak(utterance("Stop."))
        done = await client.until("response.done")
        assert done["response"]["status"] == "cancelled"
        assert done["response"]["usage"]["output_tokens"] <= 100
