import asyncio
from typing import Any

import pytest

from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.realtime_audio import PCM_FORMAT, from_mulaw
from tests.simulator.realtime_client import (
    MULAW,
    Client,
    Script,
    connected,
    silence,
    utterance,
)

LONG = "Let me tell you about all of our treatments, one after the other, from the beginning. " * 3


def session(detection: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "type": "realtime",
        "audio": {
            "input": {"format": MULAW, "turn_detection": detection, **fields},
            "output": {"format": MULAW},
        },
    }


def server_vad(**fields: Any) -> dict[str, Any]:
    return {"type": "server_vad", "silence_duration_ms": 400, **fields}


QUIET = server_vad(create_response=False, interrupt_response=False)


async def test_appending_is_not_acknowledged() -> None:
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        await client.configure()
        await client.speak(silence(2000))
        await client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        assert client.kinds()[2:] == ["input_audio_buffer.cleared"]


async def test_a_turn_keeps_its_item_id_from_speech_to_transcript() -> None:
    script = Script(transcripts=["Hello."])
    async with (
        RealtimeSimulator(script, vary=False, transcription="before") as model,
        connected(model) as client,
    ):
        await client.configure()
        await client.speak(utterance("Hello."))
        await client.until("response.created")
        assert client.kinds()[2:] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "response.created",
        ]
        turn = client.events[2:-1]
        assert len({event.get("item_id") or event["item"]["id"] for event in turn}) == 1
        assert turn[3]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert turn[0]["audio_start_ms"] < turn[1]["audio_end_ms"]


async def test_a_second_turn_names_the_item_before_it() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure(session(QUIET))
        for _ in range(2):
            await client.speak(utterance("Hello."))
            await client.until("conversation.item.done")
        first, second = client.of("input_audio_buffer.committed")
        assert first["previous_item_id"] is None
        assert second["previous_item_id"] == first["item_id"]


async def test_bad_base64_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("input_audio_buffer.append", audio="/+*")
        assert (error["code"], error["param"]) == ("invalid_value", "audio")


async def test_committing_less_than_a_tenth_of_a_second_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure(session(None))
        await client.speak(silence(80))
        error = await client.refused("input_audio_buffer.commit")
        assert error["code"] == "input_audio_buffer_commit_empty"
        assert "only has 80.00ms" in error["message"]


async def test_a_manual_commit_makes_an_item_and_no_response() -> None:
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        await client.configure(session(None))
        await client.speak(utterance("Hello."))
        await client.send("input_audio_buffer.commit")
        await client.until("conversation.item.done")
        await client.send("response.create")
        await client.until("response.created")
        assert client.kinds()[2:] == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]


async def test_detection_without_response_only_commits() -> None:
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        await client.configure(session(QUIET))
        await client.speak(utterance("Hello."))
        await client.until("conversation.item.done")
        await client.configure(session(None))
        assert "response.created" not in client.kinds()


async def test_semantic_detection_ends_a_turn_too() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure(session({"type": "semantic_vad", "eagerness": "high"}))
        await client.speak(utterance("Hello.", after=1000))
        await client.until("response.created")


async def test_audio_is_understood_as_pcm_where_the_session_says_so() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.speak(from_mulaw(utterance("Hello."), PCM_FORMAT), piece_ms=120)
        await client.until("response.done")
        assert model.sessions[0].effective["audio"]["input"]["format"] == PCM_FORMAT


async def speaking(client: Client, detection: dict[str, Any]) -> dict[str, Any]:
    """A client to which the model has begun to say something long."""
    await client.configure(session(detection))
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


async def test_silence_after_the_answer_was_heard_makes_the_model_ask() -> None:
    loop = asyncio.get_running_loop()
    script = Script([Say("Hello.", audio=silence(400))], [Say("Are you there?")])
    async with (
        RealtimeSimulator(script, first_audio_ms=0, vary=False) as model,
        connected(model) as client,
    ):
        await client.configure(session(server_vad(idle_timeout_ms=100)))
        await client.speak(silence(100))
        await client.send("response.create")
        await client.until("response.done")
        done_at = loop.time()
        triggered = await client.until("input_audio_buffer.timeout_triggered")
        assert loop.time() - done_at > 0.45
        begin = len(client.events)
        await client.until("response.created")
        assert [event["type"] for event in client.events[begin:]] == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
        assert client.events[begin]["item_id"] == triggered["item_id"]
        await client.until("response.done")
        assert script.seen[1].user_turns == 0


async def test_speech_stops_the_idle_clock() -> None:
    script = Script([Say("Hello.", audio=silence(20))])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        detection = server_vad(idle_timeout_ms=150, create_response=False)
        await client.configure(session(detection))
        await client.send("response.create")
        await client.until("response.done")
        await client.speak(utterance("Hello"))
        await client.until("input_audio_buffer.committed")
        await asyncio.sleep(0.3)
        await client.configure(session(detection))
        assert "input_audio_buffer.timeout_triggered" not in client.kinds()
