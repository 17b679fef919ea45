import base64
from typing import Any

import pytest

from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.simulator.realtime_client import (
    MULAW,
    MULAW_SESSION,
    Client,
    Script,
    connected,
    silence,
    utterance,
)


def message(text: str = "Hi", **fields: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content, **fields}


async def spoken(client: Client, milliseconds: int = 1000) -> str:
    """The id of an assistant item of this length."""
    await client.configure()
    await client.send("response.create")
    done = await client.until("response.done")
    assert len(client.audio()) == milliseconds * 8
    return done["response"]["output"][0]["id"]


def second() -> Script:
    return Script([Say("Hello.", audio=silence(1000))])


def cut(item_id: str, audio_end_ms: Any, content_index: int = 0) -> dict[str, Any]:
    return {"item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms}


@pytest.mark.parametrize("audio_end_ms", [0, 1, 999, 1000])
async def test_truncating_within_the_audio_cuts_it_and_drops_the_transcript(
    audio_end_ms: int,
) -> None:
    async with RealtimeSimulator(second()) as model, connected(model) as client:
        item_id = await spoken(client)
        await client.send("conversation.item.truncate", **cut(item_id, audio_end_ms))
        truncated = await client.until("conversation.item.truncated")
        assert truncated["audio_end_ms"] == audio_end_ms
        items = model.sessions[0].items
        assert items.audio_ms(item_id) == audio_end_ms
        assert items.order[0]["content"] == [{"type": "output_audio"}]


async def test_truncate_beyond_the_audio_is_an_error() -> None:
    async with RealtimeSimulator(second()) as model, connected(model) as client:
        item_id = await spoken(client)
        error = await client.refused("conversation.item.truncate", **cut(item_id, 1001))
        assert error["message"] == "Audio content of 1000ms is already shorter than 1001ms"
        assert model.sessions[0].items.order[0]["content"][0]["transcript"] == "Hello."
        await client.send("conversation.item.truncate", **cut(item_id, 600))
        await client.until("conversation.item.truncated")
        error = await client.refused("conversation.item.truncate", **cut(item_id, 700))
        assert error["message"] == "Audio content of 600ms is already shorter than 700ms"


async def test_the_length_of_pcm_is_counted_as_pcm() -> None:
    async with RealtimeSimulator(second()) as model, connected(model) as client:
        await client.send("response.create")
        done = await client.until("response.done")
        item_id = done["response"]["output"][0]["id"]
        error = await client.refused("conversation.item.truncate", **cut(item_id, 1001))
        assert error["message"] == "Audio content of 1000ms is already shorter than 1001ms"


@pytest.mark.parametrize("audio_end_ms", [10.5, "10", None, True])
async def test_the_end_of_a_truncation_is_whole_milliseconds(audio_end_ms: Any) -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("conversation.item.truncate", **cut("x", audio_end_ms))
        assert (error["code"], error["param"]) == ("invalid_type", "audio_end_ms")


async def test_only_spoken_answers_can_be_truncated() -> None:
    script = Script([CallTool("a")])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.send("conversation.item.create", item=message(id="typed"))
        await client.send("response.create")
        done = await client.until("response.done")
        for item_id in ("typed", done["response"]["output"][0]["id"]):
            error = await client.refused("conversation.item.truncate", **cut(item_id, 0))
            assert error["message"] == "Only model output audio messages can be truncated"


async def test_an_answer_that_has_not_begun_to_sound_cannot_be_truncated() -> None:
    script = Script([Say("Hello.", audio=b"")])
    async with RealtimeSimulator(script) as model, connected(model) as client:
        await client.send("response.create")
        done = await client.until("response.done")
        item_id = done["response"]["output"][0]["id"]
        error = await client.refused("conversation.item.truncate", **cut(item_id, 0))
        assert error["message"] == "Only model output audio messages can be truncated"


async def test_an_answer_has_one_content_part() -> None:
    async with RealtimeSimulator(second()) as model, connected(model) as client:
        item_id = await spoken(client)
        error = await client.refused("conversation.item.truncate", **cut(item_id, 10, 1))
        assert error["param"] == "content_index"


async def test_an_answer_may_be_truncated_while_it_is_being_spoken() -> None:
    script = Script([Say("Hello to you all.", audio=silence(4000))])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await client.configure()
        await client.send("response.create")
        delta = await client.until("response.output_audio.delta")
        await client.send("conversation.item.truncate", **cut(delta["item_id"], 100))
        await client.until("conversation.item.truncated")
        done = await client.until("response.done")
        assert "transcript" not in done["response"]["output"][0]["content"][0]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("retrieve", {}),
        ("delete", {}),
        ("truncate", {"content_index": 0, "audio_end_ms": 0}),
    ],
)
async def test_an_unknown_item_is_an_error(action: str, fields: dict[str, Any]) -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused(f"conversation.item.{action}", item_id="nobody", **fields)
        assert (error["code"], error["param"]) == (f"item_{action}_invalid_item_id", "item_id")


async def test_an_item_goes_where_the_client_wants_it() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        for item_id, previous in (("b", None), ("a", "root"), ("d", None), ("c", "b")):
            await client.send(
                "conversation.item.create",
                item=message(id=item_id),
                previous_item_id=previous,
            )
            await client.until("conversation.item.done")
        assert [item["id"] for item in model.sessions[0].items.order] == ["a", "b", "c", "d"]
        added = client.of("conversation.item.added")
        assert [event["previous_item_id"] for event in added] == [None, None, "b", "b"]
        assert added[0]["item"]["object"] == "realtime.item"


async def test_an_item_after_nobody_or_with_a_taken_id_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.send("conversation.item.create", item=message(id="a"))
        await client.until("conversation.item.done")
        error = await client.refused("conversation.item.create", item=message(id="a"))
        assert error["param"] == "item.id"
        error = await client.refused(
            "conversation.item.create", item=message(), previous_item_id="nobody"
        )
        assert error["param"] == "previous_item_id"


async def test_an_output_for_an_unknown_call_is_an_error() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        item: dict[str, Any] = {"type": "function_call_output", "call_id": "call_x", "output": ""}
        error = await client.refused("conversation.item.create", item=item)
        assert error["code"] == "invalid_tool_call_id"


async def test_history_can_be_created_again_as_text_and_calls() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        said = {"type": "output_text", "text": "Hello."}
        for item in (
            message(),
            message(role="system"),
            {"type": "message", "role": "assistant", "content": [said]},
            {"type": "function_call", "call_id": "call_1", "name": "a", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "ok"},
            {"type": "function_call", "name": "b", "arguments": "{}"},
        ):
            await client.send("conversation.item.create", item=item)
            await client.until("conversation.item.done")
        assert len(model.sessions[0].items.order) == 6


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "song"}, "item.type"),
        ({"role": "user"}, "item.type"),
        (message(role="robot"), "item.role"),
        (message(content="Hi"), "item.content"),
        (message(content=[{"type": "text", "text": "Hi"}]), "item.content[0].type"),
        (message(content=[{"type": "input_text"}]), "item.content[0].text"),
        (message(id="x" * 33), "item.id"),
        (
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_audio", "audio": ""}],
            },
            "item.content[0].type",
        ),
        ({"type": "function_call_output", "call_id": "c", "output": {"ok": True}}, "item.output"),
    ],
)
async def test_an_item_of_the_wrong_shape_is_an_error(item: dict[str, Any], param: str) -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        error = await client.refused("conversation.item.create", item=item)
        assert error["param"] == param


async def test_a_retrieved_item_brings_its_audio() -> None:
    async with RealtimeSimulator(second()) as model, connected(model) as client:
        item_id = await spoken(client)
        await client.send("conversation.item.retrieve", item_id=item_id)
        item = (await client.until("conversation.item.retrieved"))["item"]
        assert base64.b64decode(item["content"][0]["audio"]) == silence(1000)


async def test_a_turn_keeps_the_audio_from_its_padding_on() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure()
        audio = utterance("Hello", before=1000)
        await client.speak(audio)
        item_id = (await client.until("conversation.item.added"))["item"]["id"]
        await client.send("conversation.item.retrieve", item_id=item_id)
        item = (await client.until("conversation.item.retrieved"))["item"]
        started = client.of("input_audio_buffer.speech_started")[0]["audio_start_ms"]
        stopped = client.of("input_audio_buffer.speech_stopped")[0]["audio_end_ms"]
        heard = base64.b64decode(item["content"][0]["audio"])
        assert heard == audio[started * 8 : stopped * 8]


async def test_a_deleted_item_is_gone_even_while_it_is_spoken() -> None:
    script = Script([Say("Hello to you.", audio=silence(2000))])
    async with (
        RealtimeSimulator(script, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await client.configure({**MULAW_SESSION, "audio": {"output": {"format": MULAW}}})
        await client.send("response.create")
        delta = await client.until("response.output_audio.delta")
        await client.send("conversation.item.delete", item_id=delta["item_id"])
        await client.until("conversation.item.deleted")
        await client.until("response.done")
        assert model.sessions[0].items.order == []
