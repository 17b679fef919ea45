import base64
import json
from typing import Any

import pytest

from simulator.realtime import RealtimeSimulator
from tests.simulator.realtime_client import Script, connected, utterance


async def test_the_echo_gives_the_payload_back_as_it_came() -> None:
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        await client.configure()
        pieces = [base64.b64encode(bytes([number]) * 160).decode() for number in range(5)]
        for piece in pieces:
            await client.send("input_audio_buffer.append", audio=piece)
            assert (await client.until("response.output_audio.delta"))["delta"] == piece
        opening = ["response.created", "response.output_item.added", "conversation.item.added"]
        assert [kind for kind in client.kinds() if kind in opening] == opening
        assert len({event["item_id"] for event in client.of("response.output_audio.delta")}) == 1


@pytest.mark.parametrize("size", [4, 120_000])
async def test_a_piece_may_have_any_size(size: int) -> None:
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        await client.configure()
        await client.send("input_audio_buffer.append", audio="A" * size)
        assert (await client.until("response.output_audio.delta"))["delta"] == "A" * size


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
async def test_the_spelling_of_the_json_does_not_matter(separators: tuple[str, str]) -> None:
    event = {"audio": "/v7+", "event_id": "x", "type": "input_audio_buffer.append"}
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        for fields in (event, dict(reversed(event.items()))):
            await client.connection.send(json.dumps(fields, separators=separators))
            assert (await client.until("response.output_audio.delta"))["delta"] == "/v7+"


async def test_the_echo_hears_nothing_and_records_nothing() -> None:
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        await client.configure()
        await client.speak(utterance())
        await client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        assert not model.sessions[0].appended
        assert [event["type"] for event in model.sessions[0].received] == [
            "session.update",
            "input_audio_buffer.clear",
        ]
        assert "input_audio_buffer.speech_started" not in client.kinds()


async def test_everything_else_works_as_without_the_echo() -> None:
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        await client.connection.send(b"\x00")
        assert (await client.until("error"))["error"]["code"] == "invalid_event"
        await client.send("response.create")
        assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_small_pieces_are_gathered_into_large_ones() -> None:
    async with (
        RealtimeSimulator(Script, echo=True, echo_ms=60) as model,
        connected(model) as client,
    ):
        await client.configure()
        for number in range(6):
            piece = base64.b64encode(bytes([number]) * 160).decode()
            await client.send("input_audio_buffer.append", audio=piece)
        deltas = [(await client.until("response.output_audio.delta"))["delta"] for _ in range(2)]
        assert [len(base64.b64decode(delta)) for delta in deltas] == [480, 480]
        assert b"".join(map(base64.b64decode, deltas)) == b"".join(
            bytes([number]) * 160 for number in range(6)
        )


class Ear:
    def __init__(self, number: int, settings: dict[str, Any]) -> None:
        self.about = (number, settings["audio"]["input"]["format"]["type"])
        self.told: list[tuple[str, bytes]] = []

    def heard(self, payload: bytes) -> None:
        self.told.append(("heard", payload))

    def said(self, payload: bytes) -> None:
        self.told.append(("said", payload))


async def test_a_witness_is_told_what_comes_and_goes_and_of_which_connection() -> None:
    ears: list[Ear] = []

    def make_ear(number: int, settings: dict[str, Any]) -> Ear:
        ears.append(Ear(number, settings))
        return ears[-1]

    async with RealtimeSimulator(Script, echo=True, witness=make_ear) as model:
        for _ in range(2):
            async with connected(model) as client:
                await client.configure()
                await client.send("input_audio_buffer.append", audio="/v7+")
                await client.until("response.output_audio.delta")
    assert [ear.about for ear in ears] == [(1, "audio/pcmu"), (2, "audio/pcmu")]
    assert ears[0].told == [("heard", b"/v7+"), ("said", b"/v7+")]


async def test_frames_may_be_cut_and_joined_by_the_network_as_it_likes() -> None:
    async with RealtimeSimulator(Script, echo=True) as model, connected(model) as client:
        await client.configure()
        protocol, transport = client.connection.protocol, client.connection.transport
        for number in range(5):
            event = {"type": "input_audio_buffer.append", "audio": f"AAA{number}"}
            protocol.send_text(json.dumps(event).encode())
        stream = b"".join(protocol.data_to_send())
        for begin in range(0, len(stream), 7):
            transport.write(stream[begin : begin + 7])
        deltas = [(await client.until("response.output_audio.delta"))["delta"] for _ in range(5)]
        assert deltas == [f"AAA{number}" for number in range(5)]
