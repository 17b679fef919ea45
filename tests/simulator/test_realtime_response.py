import asyncio
import base64
import json
from typing import Any

from simulator import mulaw
from simulator.realtime import CallTool, Fail, RealtimeSimulator, Say
from simulator.speech import AGENT
from tests.simulator.realtime_client import (
    GREETING,
    MULAW,
    MULAW_SESSION,
    Client,
    Script,
    connected,
    silence,
)


def user_says(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


async def respond(client: Client, **response: Any) -> dict[str, Any]:
    await client.send("response.create", response=response)
    return (await client.until("response.done"))["response"]


async def test_an_answer_has_its_events_in_order() -> None:
    async with (
        RealtimeSimulator(Script([Say(GREETING)]), vary=False) as model,
        connected(model) as client,
    ):
        await client.configure()
        begin = len(client.events)
        await respond(client)
        await client.until("rate_limits.updated")
        events = client.events[begin:]
        kinds = [event["type"] for event in events if not event["type"].endswith(".delta")]
        assert kinds == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]
        assert events[4]["type"] == "response.output_audio_transcript.delta"
        created, done = events[0]["response"], events[-2]["response"]
        assert set(created) == set(done)
        assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
        content = done["output"][0]["content"]
        assert content == [{"type": "output_audio", "transcript": GREETING}]
        assert done["audio"]["output"] == {"format": MULAW, "voice": "marin"}


async def test_audio_comes_in_mulaw_in_large_pieces_of_varying_size() -> None:
    async with RealtimeSimulator(Script([Say(GREETING)])) as model, connected(model) as client:
        await client.configure()
        await respond(client)
        sizes = [
            len(base64.b64decode(event["delta"])) / mulaw.BYTES_PER_MS
            for event in client.of("response.output_audio.delta")
        ]
        assert all(200 <= size <= 400 for size in sizes[:-1])
        assert len(set(sizes)) > 3
        assert client.audio() == AGENT.speak(GREETING)
        deltas = client.of("response.output_audio_transcript.delta")
        assert "".join(event["delta"] for event in deltas) == GREETING


async def test_audio_is_faster_than_it_plays_but_not_at_once() -> None:
    loop = asyncio.get_running_loop()
    script = Script([Say("Hm.", audio=silence(6000))])
    async with (
        RealtimeSimulator(script, speed_factor=20, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await client.configure()
        begin_at = loop.time()
        await respond(client)
        assert 0.2 < loop.time() - begin_at < 2


async def test_the_first_audio_takes_its_time() -> None:
    loop = asyncio.get_running_loop()
    async with (
        RealtimeSimulator(Script, first_audio_ms=200) as model,
        connected(model) as client,
    ):
        await client.configure()
        await client.send("response.create")
        begin_at = loop.time()
        await client.until("response.output_audio.delta")
        assert 0.19 < loop.time() - begin_at < 1


async def test_before_it_is_configured_a_session_speaks_pcm() -> None:
    script = Script([Say("Hello.", audio=silence(300))])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await respond(client)
        assert len(client.audio()) == 300 * 48


async def test_a_faster_voice_says_the_same_in_less_time() -> None:
    async with RealtimeSimulator(Script([Say(GREETING)])) as model, connected(model) as client:
        output = {"format": MULAW, "speed": 1.5}
        await client.configure({"type": "realtime", "audio": {"output": output}})
        await respond(client)
        assert len(client.audio()) < 0.8 * len(AGENT.speak(GREETING))


async def test_a_function_call_appears_three_times_with_the_same_arguments() -> None:
    arguments = {"date": "2026-11-27", "service": "deep tissue massage"}
    script = Script([CallTool("check_availability", arguments)])
    async with (
        RealtimeSimulator(script, vary=False, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        begin = len(client.events)
        done = await respond(client)
        kinds = [event["type"] for event in client.events[begin:]]
        assert [kind for kind in kinds if not kind.endswith(".delta")] == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        added = client.of("response.output_item.added")[0]["item"]
        assert (added["arguments"], added["status"]) == ("", "in_progress")
        deltas = client.of("response.function_call_arguments.delta")
        spelled = [
            "".join(event["delta"] for event in deltas),
            client.of("response.function_call_arguments.done")[0]["arguments"],
            client.of("response.output_item.done")[0]["item"]["arguments"],
            done["output"][0]["arguments"],
        ]
        assert [json.loads(text) for text in spelled] == [arguments] * 4
        assert len({delta["call_id"] for delta in deltas}) == 1
        assert len(deltas) > 3


async def test_arguments_may_be_broken_json() -> None:
    script = Script([CallTool("end_call", '{"reason": ')])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        assert (await respond(client))["output"][0]["arguments"] == '{"reason": '


async def test_one_response_may_speak_and_call_twice() -> None:
    outputs = [Say("One moment."), CallTool("a"), CallTool("b", "")]
    async with RealtimeSimulator(Script(outputs)) as model, connected(model) as client:
        done = await respond(client)
        assert [item["type"] for item in done["output"]] == [
            "message",
            "function_call",
            "function_call",
        ]
        added = client.of("response.output_item.added")
        assert [event["output_index"] for event in added] == [0, 1, 2]
        assert len({item["call_id"] for item in done["output"][1:]}) == 2


async def test_a_forbidden_tool_is_not_called() -> None:
    outputs = [CallTool("a"), Say("Hello.")]
    async with RealtimeSimulator(Script(outputs)) as model, connected(model) as client:
        done = await respond(client, tool_choice="none")
        assert [item["type"] for item in done["output"]] == ["message"]


async def test_a_function_output_alone_produces_nothing() -> None:
    script = Script([CallTool("a")], [Say("Done.")])
    async with RealtimeSimulator(script, vary=False) as model, connected(model) as client:
        call = (await respond(client))["output"][0]
        await client.until("rate_limits.updated")
        begin = len(client.events)
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "fine"}
        await client.send("conversation.item.create", item=output)
        await client.until("conversation.item.done")
        await client.configure({"type": "realtime"})
        assert [event["type"] for event in client.events[begin:]] == [
            "conversation.item.added",
            "conversation.item.done",
            "session.updated",
        ]
        await respond(client)
        assert script.seen[1].function_outputs == ["fine"]


async def test_a_failed_response_has_no_error_event() -> None:
    script = Script([Say("Let me"), Fail("rate_limit_exceeded", "Rate limit reached")], [])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        done = await respond(client)
        assert done["status"] == "failed"
        assert done["status_details"]["error"]["code"] == "rate_limit_exceeded"
        assert "error" not in client.kinds()
        assert (await respond(client))["status"] == "completed"


async def test_a_model_with_nothing_to_say_completes() -> None:
    async with RealtimeSimulator(Script([])) as model, connected(model) as client:
        done = await respond(client)
        assert (done["status"], done["output"]) == ("completed", [])


async def test_too_few_tokens_end_speech_and_arguments_incomplete() -> None:
    script = Script([Say(GREETING)], [CallTool("a", {"text": "x" * 400})])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.configure({**MULAW_SESSION, "max_output_tokens": 30})
        for _ in range(2):
            done = await respond(client)
            assert done["status"] == "incomplete"
            assert done["status_details"]["reason"] == "max_output_tokens"
            assert done["output"][0]["status"] == "incomplete"
            assert 0 < done["usage"]["output_tokens"] <= 30
        assert 0 < len(client.audio()) < len(AGENT.speak(GREETING))


async def test_text_is_written_without_audio() -> None:
    async with RealtimeSimulator(Script([Say("Hi there.")])) as model, connected(model) as client:
        done = await respond(client, output_modalities=["text"])
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "Hi there."}]
        assert client.of("response.output_text.done")[0]["text"] == "Hi there."
        assert client.of("response.content_part.added")[0]["part"] == {"type": "text", "text": ""}
        assert not client.audio()


async def test_a_response_of_its_own_sees_its_own_items_and_settings() -> None:
    script = Script([Say("Yes.")], [Say("No.")])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.configure()
        await client.send("conversation.item.create", item={"id": "mine", **user_says("Hi")})
        await client.until("conversation.item.done")
        reference = {"type": "item_reference", "id": "mine"}
        done = await respond(client, input=[user_says("Other"), reference], instructions="Be kind.")
        texts = [item["content"][0]["text"] for item in script.seen[0].items]
        assert texts == ["Other", "Hi"]
        assert script.seen[0].session["instructions"] == "Be kind."
        assert model.sessions[0].effective["instructions"] == MULAW_SESSION["instructions"]
        await respond(client, input=[], max_output_tokens=50, metadata={"a": "b"})
        assert script.seen[1].items == []
        assert script.seen[1].response_instructions is None
        assert done["metadata"] is None


async def test_an_unknown_reference_or_field_of_a_response_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        reference = {"type": "item_reference", "id": "nobody"}
        error = await client.refused("response.create", response={"input": [reference]})
        assert error["code"] == "item_reference_invalid_item_id"
        for fields, path in (
            ({"modalities": ["audio"]}, "response.modalities"),
            ({"temperature": 1}, "response.temperature"),
        ):
            error = await client.refused("response.create", response=fields)
            assert (error["code"], error["param"]) == ("unknown_parameter", path)
        too_many = {str(number): "" for number in range(17)}
        error = await client.refused("response.create", response={"metadata": too_many})
        assert error["param"] == "response.metadata"


async def test_usage_adds_up_and_the_cache_grows() -> None:
    script = Script([Say(GREETING)], [Say("Yes.")], [Say("Yes.")])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.configure({**MULAW_SESSION, "instructions": "Be kind. " * 100})
        usages = [(await respond(client))["usage"] for _ in range(3)]
        cached = [usage["input_token_details"]["cached_tokens"] for usage in usages]
        assert cached[0] == 0 < cached[1] <= cached[2]
        for usage in usages:
            details, output = usage["input_token_details"], usage["output_token_details"]
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
            assert usage["input_tokens"] == details["text_tokens"] + details["audio_tokens"]
            assert usage["output_tokens"] == output["text_tokens"] + output["audio_tokens"]
        seconds = len(AGENT.speak(GREETING)) / mulaw.SAMPLE_RATE
        spoken = usages[0]["output_token_details"]["audio_tokens"]
        assert abs(spoken - 20 * seconds) < 0.15 * spoken
        assert usages[1]["input_token_details"]["audio_tokens"] > 0
