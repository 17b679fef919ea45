from typing import Any

import pytest

from simulator.realtime import RealtimeSimulator, Say
from tests.simulator.realtime_client import MULAW, MULAW_SESSION, Script, connected

PCM = {"type": "audio/pcm", "rate": 24000}


def vad(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": {"type": "server_vad", **fields}}}}


def tool(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "name": "end_call", **fields}]}


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"turn_detection": {"type": "server_vad"}}, "session.turn_detection"),
    ({"input_audio_format": "g711_ulaw"}, "session.input_audio_format"),
    ({"voice": "alloy"}, "session.voice"),
    ({"modalities": ["text", "audio"]}, "session.modalities"),
    ({"temperature": 0.8}, "session.temperature"),
    ({"max_response_output_tokens": 100}, "session.max_response_output_tokens"),
    ({"audio": {"output": {"pitch": 1}}}, "session.audio.output.pitch"),
    (vad(eagerness="low"), "session.audio.input.turn_detection.eagerness"),
    (tool(function={}), "session.tools[0].function"),
    ({"audio": {"input": {"format": {**MULAW, "rate": 8000}}}}, "session.audio.input.format.rate"),
]

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"output_modalities": ["text", "audio"]}, "invalid_value", "session.output_modalities"),
    ({"output_modalities": []}, "invalid_value", "session.output_modalities"),
    ({"output_modalities": ["song"]}, "invalid_value", "session.output_modalities[0]"),
    ({"output_modalities": "audio"}, "invalid_type", "session.output_modalities"),
    ({"instructions": None}, "invalid_type", "session.instructions"),
    ({"instructions": 5}, "invalid_type", "session.instructions"),
    ({"audio": []}, "invalid_type", "session.audio"),
    (vad(threshold=1.5), "invalid_value", "session.audio.input.turn_detection.threshold"),
    (vad(threshold="0.5"), "invalid_type", "session.audio.input.turn_detection.threshold"),
    (
        vad(create_response=None),
        "invalid_type",
        "session.audio.input.turn_detection.create_response",
    ),
    (
        vad(silence_duration_ms=0.5),
        "invalid_type",
        "session.audio.input.turn_detection.silence_duration_ms",
    ),
    ({"audio": {"output": {"voice": "nova"}}}, "invalid_value", "session.audio.output.voice"),
    ({"audio": {"output": {"speed": 2}}}, "invalid_value", "session.audio.output.speed"),
    (
        {"audio": {"output": {"format": "g711_ulaw"}}},
        "invalid_type",
        "session.audio.output.format",
    ),
    (
        {"audio": {"output": {"format": {"type": "audio/mp3"}}}},
        "invalid_value",
        "session.audio.output.format.type",
    ),
    (
        {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 8000}}}},
        "invalid_value",
        "session.audio.output.format.rate",
    ),
    (
        {"audio": {"input": {"turn_detection": {"threshold": 0.3}}}},
        "missing_required_parameter",
        "session.audio.input.turn_detection.type",
    ),
    (
        {"audio": {"input": {"transcription": {"model": "siri"}}}},
        "invalid_value",
        "session.audio.input.transcription.model",
    ),
    ({"max_output_tokens": 0}, "invalid_value", "session.max_output_tokens"),
    ({"max_output_tokens": 4097}, "invalid_value", "session.max_output_tokens"),
    ({"max_output_tokens": "lots"}, "invalid_value", "session.max_output_tokens"),
    ({"max_output_tokens": True}, "invalid_type", "session.max_output_tokens"),
    ({"tool_choice": "maybe"}, "invalid_value", "session.tool_choice"),
    ({"tools": [{"name": "x"}]}, "missing_required_parameter", "session.tools[0].type"),
    ({"tools": [{"type": "function"}]}, "missing_required_parameter", "session.tools[0].name"),
    (tool(description="x" * 1025), "string_above_max_length", "session.tools[0].description"),
    ({"type": "transcription"}, "invalid_value", "session.type"),
    ({"model": "gpt-realtime-2"}, "invalid_value", "session.model"),
    ({"reasoning": {"effort": "huge"}}, "invalid_value", "session.reasoning.effort"),
]


async def rejected(session: dict[str, Any], code: str, param: str | None) -> None:
    """Such an update is an error and changes nothing, not even the good half of it."""
    async with RealtimeSimulator(Script, vary=False) as model, connected(model) as client:
        before = client.events[0]["session"]
        error = await client.refused("session.update", session={"instructions": "new", **session})
        assert (error["code"], error["param"]) == (code, param)
        assert model.sessions[0].effective == before
        assert client.kinds() == ["session.created", "error"]


@pytest.mark.parametrize(("fields", "path"), UNKNOWN)
async def test_flat_and_unknown_fields_reject_the_whole_update(
    fields: dict[str, Any], path: str
) -> None:
    await rejected({"type": "realtime", **fields}, "unknown_parameter", path)


async def test_a_flat_beta_session_is_told_of_its_field_before_its_missing_type() -> None:
    flat = {"turn_detection": {"type": "server_vad"}}
    await rejected(flat, "unknown_parameter", "session.turn_detection")


async def test_a_session_without_its_type_is_rejected() -> None:
    await rejected({}, "missing_required_parameter", "session.type")


@pytest.mark.parametrize(("fields", "code", "path"), WRONG)
async def test_values_of_the_wrong_type_or_range_reject_the_whole_update(
    fields: dict[str, Any], code: str, path: str
) -> None:
    await rejected({"type": "realtime", **fields}, code, path)


async def test_the_usual_message_of_an_unknown_field() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        session = {"type": "realtime", "temperature": 0.8}
        error = await client.refused("session.update", session=session)
        assert error["message"] == "Unknown parameter: 'session.temperature'."


async def test_only_what_is_mentioned_changes() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        before = client.events[0]["session"]
        after = await client.configure({"type": "realtime", **vad(silence_duration_ms=700)})
        detection = after["audio"]["input"]["turn_detection"]
        assert detection == {
            **before["audio"]["input"]["turn_detection"],
            "silence_duration_ms": 700,
        }
        assert after["audio"]["output"] == before["audio"]["output"]
        again = await client.configure({"type": "realtime", **vad(threshold=0.6)})
        assert again["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 700


async def test_empty_values_and_null_clear() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure({**MULAW_SESSION, **tool()})
        cleared: dict[str, Any] = {
            "type": "realtime",
            "instructions": "",
            "tools": [],
            "audio": {"input": {"turn_detection": None, "transcription": None}},
        }
        session = await client.configure(cleared)
        assert (session["instructions"], session["tools"]) == ("", [])
        assert session["audio"]["input"]["turn_detection"] is None
        assert session["audio"]["input"]["transcription"] is None
        assert session["audio"]["input"]["format"] == MULAW


async def test_another_kind_of_turn_detection_begins_from_its_own_defaults() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        detection = {"type": "semantic_vad", "eagerness": "high"}
        session = await client.configure(
            {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        )
        assert session["audio"]["input"]["turn_detection"] == {
            **detection,
            "create_response": True,
            "interrupt_response": True,
        }


async def test_everything_that_the_interface_knows_is_accepted() -> None:
    session: dict[str, Any] = {
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": PCM,
                "noise_reduction": {"type": "near_field"},
                "transcription": {"model": "gpt-transcribe", "language": "en", "keywords": ["spa"]},
                "turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000},
            },
            "output": {"format": PCM, "voice": {"id": "voice_1"}, "speed": 1.25},
        },
        **tool(description="Hang up.", parameters={"type": "object", "properties": {}}),
        "tool_choice": {"type": "function", "name": "end_call"},
        "parallel_tool_calls": True,
        "reasoning": {"effort": "low"},
        "max_output_tokens": 1024,
        "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
        "tracing": {"workflow_name": "calls"},
        "prompt": None,
        "include": ["item.input_audio_transcription.logprobs"],
    }
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        updated = await client.configure(session)
        assert updated["truncation"] == session["truncation"]
        assert updated["audio"]["input"]["noise_reduction"] == {"type": "near_field", "strength": 1}
        error = await client.refused(
            "session.update", session={"type": "realtime", "tracing": None}
        )
        assert error["param"] == "session.tracing"


async def test_reasoning_is_refused_by_a_model_that_does_not_reason() -> None:
    async with (
        RealtimeSimulator(Script) as model,
        connected(model, "gpt-realtime-1.5") as client,
    ):
        session = {"type": "realtime", "reasoning": {"effort": "low"}}
        error = await client.refused("session.update", session=session)
        assert error["param"] == "session.reasoning"


async def test_the_voice_is_fixed_once_the_model_has_spoken() -> None:
    async with (
        RealtimeSimulator(Script([Say("Hello.")]), first_audio_ms=0) as model,
        connected(model) as client,
    ):
        await client.configure()
        await client.send("response.create")
        await client.until("response.done")
        other = {"type": "realtime", "instructions": "x", "audio": {"output": {"voice": "cedar"}}}
        error = await client.refused("session.update", session=other)
        assert (error["code"], error["param"]) == ("cannot_update_voice", None)
        assert model.sessions[0].effective["instructions"] == MULAW_SESSION["instructions"]
        other = {"audio": {"output": {"voice": "cedar"}}}
        error = await client.refused("response.create", response=other)
        assert error["code"] == "cannot_update_voice"
        await client.configure()


async def test_the_speed_is_fixed_while_the_model_speaks() -> None:
    async with RealtimeSimulator(Script) as model, connected(model) as client:
        await client.configure()
        await client.send("response.create")
        await client.until("response.created")
        session = {"type": "realtime", "audio": {"output": {"speed": 1.2}}}
        error = await client.refused("session.update", session=session)
        assert error["param"] == "session.audio.output.speed"


async def test_a_server_that_ignores_the_format_says_so_and_means_it() -> None:
    script = Script([Say("Hello.", audio=b"\xff" * 800)])
    async with (
        RealtimeSimulator(script, ignore_audio_format=True, first_audio_ms=0) as model,
        connected(model) as client,
    ):
        session = await client.configure()
        assert session["audio"]["input"]["format"] == PCM
        assert session["audio"]["output"]["format"] == PCM
        await client.send("response.create")
        done = await client.until("response.done")
        assert done["response"]["audio"]["output"]["format"] == PCM
        assert len(client.audio()) == 800 * 2 * 3
