import asyncio

from simulator.realtime import RealtimeSimulator, Say
from simulator.realtime.audio import PCM_FORMAT, from_mulaw
from tests.simulator.realtime_client import (
    Script,
    connected,
    phone_session,
    server_vad,
    silence,
    utterance,
)

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
        await client.configure(phone_session(QUIET))
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
        await client.configure(phone_session(None))
        await client.speak(silence(80))
        error = await client.refused("input_audio_buffer.commit")
        assert error["code"] == "input_audio_buffer_commit_empty"
        assert "only has 80.00ms" in error["message"]


async def test_a_manual_commit_makes_an_item_and_no_response() -> None:
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        await client.configure(phone_session(None))
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
        await client.configure(phone_session(QUIET))
        await client.speak(utterance("Hello."))
        await client.until("conversation.item.done")
        await client.configure(phone_session(None))
        assert "response.created" not in client.kinds()


async def test_semantic_detection_ends_a_turn_too() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure(phone_session({"type": "semantic_vad", "eagerness": "high"}))
        await client.speak(utterance("Hello.", after=1000))
        await client.until("response.created")


async def test_audio_is_understood_as_pcm_where_the_session_says_so() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.speak(from_mulaw(utterance("Hello."), PCM_FORMAT), piece_ms=120)
        await client.until("response.done")
        assert model.sessions[0].effective["audio"]["input"]["format"] == PCM_FORMAT


async def test_silence_after_the_answer_was_heard_makes_the_model_ask() -> None:
    loop = asyncio.get_running_loop()
    script = Script([Say("Hello.", audio=silence(400))], [Say("Are you there?")])
    async with (
        RealtimeSimulator(script, first_audio_ms=0, vary=False) as model,
        connected(model) as client,
    ):
        await client.configure(phone_session(server_vad(idle_timeout_ms=100)))
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
        await client.configure(phone_session(detection))
        await client.send("response.create")
        await client.until("response.done")
        await client.speak(utterance("Hello"))
        await client.until("input_audio_buffer.committed")
        await asyncio.sleep(0.3)
        await client.configure(phone_session(detection))
        assert "input_audio_buffer.timeout_triggered" not in client.kinds()
