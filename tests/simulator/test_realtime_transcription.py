from collections.abc import Sequence
from typing import Any, Literal

import pytest

from simulator.realtime import RealtimeSimulator, Say
from tests.simulator.realtime_client import MULAW, Client, Script, connected, utterance

COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
DELTA = "conversation.item.input_audio_transcription.delta"


def session(transcription: dict[str, Any] | None) -> dict[str, Any]:
    detection = {"type": "server_vad", "silence_duration_ms": 400}
    heard = {"format": MULAW, "turn_detection": detection, "transcription": transcription}
    return {"type": "realtime", "audio": {"input": heard, "output": {"format": MULAW}}}


def script(transcripts: Sequence[str | None] = ("A massage please.",)) -> Script:
    return Script([Say("Of course.")], transcripts=transcripts)


async def one_turn(client: Client, transcription: dict[str, Any] | None) -> None:
    await client.configure(session(transcription))
    await client.speak(utterance())
    await client.until("response.done")


async def barrier(client: Client) -> None:
    """When this is answered, everything before it has come."""
    await client.send("input_audio_buffer.clear")
    await client.until("input_audio_buffer.cleared")


@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_a_transcript_comes_before_during_or_after_the_response(
    moment: Literal["before", "during", "after"],
) -> None:
    async with (
        RealtimeSimulator(script(), transcription=moment, vary=False) as model,
        connected(model) as client,
    ):
        await one_turn(client, {"model": "gpt-transcribe"})
        await barrier(client)
        kinds = client.kinds()
        place = [kinds.index(kind) for kind in ("response.created", "response.done")]
        place.insert(["before", "during", "after"].index(moment), kinds.index(COMPLETED))
        assert place == sorted(place)
        assert client.of(COMPLETED)[0]["transcript"] == "A massage please."
        item = model.sessions[0].items.order[0]
        assert item["content"][0]["transcript"] == "A massage please."


async def test_the_moment_is_a_matter_of_the_seed() -> None:
    async def order(seed: int) -> str:
        async with RealtimeSimulator(script(), seed=seed) as model, connected(model) as client:
            await one_turn(client, {"model": "gpt-transcribe"})
            await barrier(client)
            kinds = client.kinds()
            if kinds.index(COMPLETED) < kinds.index("response.created"):
                return "before"
            return "during" if kinds.index(COMPLETED) < kinds.index("response.done") else "after"

    orders = [await order(seed) for seed in range(12)]
    assert set(orders) == {"before", "during", "after"}
    assert [await order(seed) for seed in range(3)] == orders[:3]


async def test_without_transcription_there_is_none() -> None:
    async with RealtimeSimulator(script()) as model, connected(model) as client:
        await one_turn(client, None)
        await barrier(client)
        assert not any("transcription" in kind for kind in client.kinds())


async def test_whisper_sends_one_delta_and_others_more() -> None:
    for name, count in (("whisper-1", 1), ("gpt-transcribe", 2)):
        async with (
            RealtimeSimulator(script(), transcription="before") as model,
            connected(model) as client,
        ):
            await one_turn(client, {"model": name})
            deltas = [event["delta"] for event in client.of(DELTA)]
            assert len(deltas) == count
            assert "".join(deltas) == client.of(COMPLETED)[0]["transcript"]


async def test_a_transcription_can_fail_without_an_error_event() -> None:
    async with (
        RealtimeSimulator(script([None]), transcription="before") as model,
        connected(model) as client,
    ):
        await one_turn(client, {"model": "gpt-transcribe"})
        assert client.of(FAILED)[0]["error"]["code"] == "audio_unintelligible"
        assert COMPLETED not in client.kinds()


async def test_an_unknown_sentence_has_an_empty_transcript() -> None:
    async with (
        RealtimeSimulator(script([]), transcription="before") as model,
        connected(model) as client,
    ):
        await one_turn(client, {"model": "gpt-transcribe"})
        assert client.of(COMPLETED)[0]["transcript"] == ""
        assert DELTA not in client.kinds()


async def test_a_turn_without_response_is_transcribed_at_once() -> None:
    async with (
        RealtimeSimulator(script(), transcription="after") as model,
        connected(model) as client,
    ):
        config = session({"model": "gpt-transcribe"})
        config["audio"]["input"]["turn_detection"]["create_response"] = False
        await client.configure(config)
        await client.speak(utterance())
        await client.until(COMPLETED)
