import base64
import json

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
