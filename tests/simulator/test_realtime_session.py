import asyncio
import time
from collections.abc import Sequence

import pytest
from websockets.exceptions import ConnectionClosed

from simulator.realtime import Conversation, Output, RealtimeSimulator
from tests.simulator.realtime_client import Script, connected, silence


async def test_the_session_is_announced_first_and_the_server_never_speaks_first() -> None:
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        await client.speak(silence(1000))
        await client.configure()
        assert client.kinds() == ["session.created", "session.updated"]


async def test_an_unknown_event_type_names_those_there_are() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("nope")
        assert (error["code"], error["param"]) == ("invalid_value", "type")
        assert "'response.cancel'" in error["message"]


@pytest.mark.parametrize("kind", ["output_audio_buffer.clear", "transcription_session.update"])
async def test_events_of_other_transports_and_times_are_unknown(kind: str) -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        assert (await client.refused(kind))["code"] == "invalid_value"


async def test_text_that_is_no_json_is_an_error_that_the_session_survives() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        for text, code in (("{", "invalid_json"), ("[]", "invalid_type")):
            await client.connection.send(text)
            error = (await client.until("error"))["error"]
            assert (error["code"], error["event_id"]) == (code, None)
        await client.configure()


async def test_a_binary_frame_is_an_error_that_the_session_survives() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.connection.send(b"\xff" * 160)
        assert (await client.until("error"))["error"]["code"] == "invalid_event"
        await client.configure()


async def test_an_event_without_a_type_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.connection.send('{"event_id": "evt_1"}')
        error = (await client.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("missing_required_parameter", "evt_1")


async def test_an_error_names_the_client_event_at_fault() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("response.cancel")
        assert error["event_id"] == "evt_at_fault"
        await client.send("response.cancel")
        assert (await client.until("error"))["error"]["event_id"] is None


async def test_expiry_is_announced_and_closes_with_1001() -> None:
    async with (
        RealtimeSimulator(Script, session_seconds=0.1) as model,
        connected(model) as client,
    ):
        assert abs(client.events[0]["session"]["expires_at"] - time.time()) < 5
        error = (await client.until("error"))["error"]
        assert error["code"] == "session_expired"
        with pytest.raises(ConnectionClosed):
            await client.next()
        assert client.connection.close_code == 1001
        assert client.connection.close_reason == error["message"]


async def test_expiry_may_be_nothing_but_a_close() -> None:
    async with (
        RealtimeSimulator(Script, session_seconds=0.1, expire_silently=True) as model,
        connected(model) as client,
    ):
        with pytest.raises(ConnectionClosed):
            await client.until("error")
        assert client.connection.close_code == 1001


async def test_a_session_lasts_an_hour_unless_told_otherwise() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        assert abs(client.events[0]["session"]["expires_at"] - time.time() - 3600) < 5


async def test_the_round_trip_delays_every_answer_but_not_their_order() -> None:
    loop = asyncio.get_running_loop()
    async with RealtimeSimulator(Script, round_trip_ms=200) as model, connected(model) as client:
        begin_at = loop.time()
        await client.configure()
        assert 0.19 < loop.time() - begin_at < 1


async def test_the_record_holds_both_sides() -> None:
    async with RealtimeSimulator(Script) as model:
        async with connected(model) as client:
            await client.configure()
            await client.speak(silence(100))
            await client.send("input_audio_buffer.clear")
            await client.until("input_audio_buffer.cleared")
        session = model.sessions[0]
        await session.closed.wait()
        assert session.received[0]["type"] == "session.update"
        assert session.sent == client.events
        assert session.appended == silence(100)
        assert session.effective["audio"]["output"]["voice"] == "marin"
        assert session.close_code == 1000


async def test_an_exception_of_the_agent_surfaces_at_the_end() -> None:
    class Broken(Script):
        async def respond(self, conversation: Conversation) -> Sequence[Output]:
            raise LookupError("no such scene")

        def transcribe(self, turn: int) -> str | None:
            raise LookupError("no such turn")

    async def call() -> None:
        async with RealtimeSimulator(Broken) as model, connected(model) as client:
            await client.configure()
            await client.send("response.create")
            done = await client.until("response.done")
            assert done["response"]["status"] == "failed"
            await client.speak(silence(200))
            await client.send("input_audio_buffer.commit")
            await client.until("conversation.item.input_audio_transcription.failed")

    with pytest.raises(ExceptionGroup) as failures:
        await call()
    assert [str(error) for error in failures.value.exceptions] == ["no such scene", "no such turn"]


async def test_a_test_can_send_what_nobody_expects_and_close_for_no_reason() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        model.sessions[0].emit("input_audio_buffer.cleared")
        model.sessions[0].close(1000, "enough")
        await client.until("input_audio_buffer.cleared")
        with pytest.raises(ConnectionClosed):
            await client.next()
        await model.sessions[0].closed.wait()
        assert model.sessions[0].close_code == 1000


async def test_a_lost_connection_ends_without_a_close_frame() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure()
        await client.send("response.create")
        await client.until("response.created")
        model.sessions[0].drop()
        with pytest.raises(ConnectionClosed):
            await client.until("response.done")
        await model.sessions[0].closed.wait()
        assert client.connection.close_code == 1006
