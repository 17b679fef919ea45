import json
from pathlib import Path
from typing import Any, cast

import pytest
from openai.types.realtime import SessionUpdateEvent
from pydantic import BaseModel

from realtime.session import (
    VOICES,
    SessionOptions,
    SessionOptionsError,
    build_session,
    load_session_options,
    parse_session_options,
)

MODEL = "gpt-realtime-2.1"
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "name": "end_call",
        "description": "Hang up.",
        "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}},
    }
]

DEFAULT: dict[str, Any] = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "instructions": "You answer the phone.",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "noise_reduction": {"type": "near_field"},
            "transcription": {"model": "gpt-transcribe"},
            "turn_detection": {
                "type": "server_vad",
                "create_response": True,
                "interrupt_response": True,
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "idle_timeout_ms": None,
            },
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0},
    },
    "tools": TOOLS,
    "tool_choice": "auto",
    "max_output_tokens": 1024,
    "tracing": None,
}


def session(model: str = MODEL, **options: Any) -> dict[str, Any]:
    """The session of these options, after OpenAI's own types have seen it."""
    built = build_session(
        parse_session_options(options),
        model=model,
        instructions="You answer the phone.",
        tools=TOOLS,
    )
    sent = json.loads(json.dumps({"type": "session.update", "session": built}, allow_nan=False))
    assert unknown_keys(SessionUpdateEvent.model_validate(sent), "") == []
    return built


def unknown_keys(value: object, path: str) -> list[str]:
    """Paths of the keys that the official types do not have: they would take any."""
    if isinstance(value, BaseModel):
        unknown = [f"{path}.{key}" for key in value.model_extra or {}]
        known = [f"{path}.{name}" for name in value.__dict__]
        return unknown + [
            inner
            for name, child in zip(known, value.__dict__.values(), strict=True)
            for inner in unknown_keys(child, name)
        ]
    if isinstance(value, list):
        items = cast(list[object], value)
        return [inner for item in items for inner in unknown_keys(item, f"{path}[]")]
    return []


def at(document: dict[str, Any], path: str) -> Any:
    place: Any = document
    for key in path.split("."):
        place = place[key]
    return place


def test_the_official_types_would_notice_a_field_of_the_beta() -> None:
    audio = {"input": {"turn_detection": {"type": "server_vad", "x": 1}}}
    beta = {**DEFAULT, "temperature": 0.8, "audio": audio}
    event = SessionUpdateEvent.model_validate({"type": "session.update", "session": beta})
    assert unknown_keys(event, "") == [
        ".session.temperature",
        ".session.audio.input.turn_detection.x",
    ]


def test_the_default_session_is_mulaw_both_ways_with_every_default_spelled_out() -> None:
    assert session() == DEFAULT


INPUT, OUTPUT = "audio.input", "audio.output"
TURN = f"{INPUT}.turn_detection"
PLACES: list[tuple[dict[str, Any], str, Any]] = [
    ({"output_modality": "text"}, "output_modalities", ["text"]),
    ({"voice": "cedar"}, f"{OUTPUT}.voice", "cedar"),
    ({"voice": "voice_1234"}, f"{OUTPUT}.voice", {"id": "voice_1234"}),
    ({"speed": 0.25}, f"{OUTPUT}.speed", 0.25),
    ({"speed": 1.5}, f"{OUTPUT}.speed", 1.5),
    ({"input_format": "g711_ulaw"}, f"{INPUT}.format", {"type": "audio/pcmu"}),
    ({"input_format": "g711_alaw"}, f"{INPUT}.format", {"type": "audio/pcma"}),
    ({"input_format": "pcm16"}, f"{INPUT}.format", {"type": "audio/pcm", "rate": 24000}),
    ({"output_format": "g711_ulaw"}, f"{OUTPUT}.format", {"type": "audio/pcmu"}),
    ({"output_format": "g711_alaw"}, f"{OUTPUT}.format", {"type": "audio/pcma"}),
    ({"output_format": "pcm16"}, f"{OUTPUT}.format", {"type": "audio/pcm", "rate": 24000}),
    ({"noise_reduction": "far_field"}, f"{INPUT}.noise_reduction", {"type": "far_field"}),
    ({"noise_reduction": "none"}, f"{INPUT}.noise_reduction", None),
    ({"transcription_model": "none"}, f"{INPUT}.transcription", None),
    (
        {
            "transcription_model": "gpt-4o-transcribe",
            "transcription_language": "en",
            "transcription_prompt": "massage, facial",
        },
        f"{INPUT}.transcription",
        {"model": "gpt-4o-transcribe", "language": "en", "prompt": "massage, facial"},
    ),
    (
        {"transcription_model": "gpt-realtime-whisper", "transcription_language": "en"},
        f"{INPUT}.transcription",
        {"model": "gpt-realtime-whisper", "language": "en"},
    ),
    ({"turn_detection": "none"}, TURN, None),
    ({"threshold": 0}, f"{TURN}.threshold", 0),
    ({"threshold": 1}, f"{TURN}.threshold", 1),
    ({"prefix_padding_ms": 0}, f"{TURN}.prefix_padding_ms", 0),
    ({"silence_duration_ms": 250}, f"{TURN}.silence_duration_ms", 250),
    ({"idle_timeout_ms": 8000}, f"{TURN}.idle_timeout_ms", 8000),
    ({"create_response": False}, f"{TURN}.create_response", False),
    ({"interrupt_response": False}, f"{TURN}.interrupt_response", False),
    (
        {"turn_detection": "semantic_vad"},
        TURN,
        {
            "type": "semantic_vad",
            "create_response": True,
            "interrupt_response": True,
            "eagerness": "auto",
        },
    ),
    ({"turn_detection": "semantic_vad", "eagerness": "high"}, f"{TURN}.eagerness", "high"),
    (
        {"turn_detection": "semantic_vad", "interrupt_response": False},
        f"{TURN}.interrupt_response",
        False,
    ),
    ({"max_output_tokens": 1}, "max_output_tokens", 1),
    ({"max_output_tokens": 4096}, "max_output_tokens", 4096),
    ({"max_output_tokens": "inf"}, "max_output_tokens", "inf"),
    ({"tool_choice": "none"}, "tool_choice", "none"),
    ({"tool_choice": "required"}, "tool_choice", "required"),
    ({"tool_choice": "end_call"}, "tool_choice", {"type": "function", "name": "end_call"}),
    ({"tracing": "auto"}, "tracing", "auto"),
    (
        {"tracing": {"workflow_name": "spa", "group_id": "g", "metadata": {"a": "b"}}},
        "tracing",
        {"workflow_name": "spa", "group_id": "g", "metadata": {"a": "b"}},
    ),
    ({"reasoning_effort": "low"}, "reasoning", {"effort": "low"}),
]


@pytest.mark.parametrize(("options", "path", "value"), PLACES)
def test_an_option_has_its_place_in_the_session(
    options: dict[str, Any], path: str, value: Any
) -> None:
    assert at(session(**options), path) == value


def test_every_option_is_in_the_table() -> None:
    assert {name for options, _, _ in PLACES for name in options} == set(
        SessionOptions.model_fields
    )


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_is_accepted(voice: str) -> None:
    assert at(session(voice=voice), "audio.output.voice") == voice


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh"])
@pytest.mark.parametrize(
    "model",
    ["gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-3-2027-01-01"],
)
def test_models_since_2_reason(model: str, effort: str) -> None:
    assert session(model, reasoning_effort=effort)["reasoning"] == {"effort": effort}


@pytest.mark.parametrize(
    "model",
    [
        "gpt-realtime",
        "gpt-realtime-1.5",
        "gpt-realtime-mini",
        "gpt-realtime-2025-08-28",
        "gpt-realtime-mini-2025-12-15",
        "gpt-4o-realtime-preview",
    ],
)
def test_a_model_that_does_not_reason_refuses_the_effort_by_name(model: str) -> None:
    assert "reasoning" not in session(model)
    with pytest.raises(SessionOptionsError, match=rf"reasoning_effort: {model} does not reason"):
        session(model, reasoning_effort="low")


def test_a_forced_tool_must_be_a_tool() -> None:
    with pytest.raises(
        SessionOptionsError, match=r"tool_choice: there is no tool 'book'; .*end_call$"
    ):
        session(tool_choice="book")


def test_options_are_read_from_the_spas_file(tmp_path: Path) -> None:
    file = tmp_path / "spa.toml"
    file.write_text(
        '[spa]\nname = "Serenity"\n[realtime]\nvoice = "cedar"\nspeed = 1.1\n'
        '[realtime.tracing]\nworkflow_name = "spa"\n',
        encoding="utf-8",
    )
    options = load_session_options(file)
    assert (options.voice, options.speed) == ("cedar", 1.1)
    assert options.tracing == {"workflow_name": "spa"}


def test_a_file_without_the_table_gives_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "spa.toml"
    file.write_text('[spa]\nname = "Serenity"\n', encoding="utf-8")
    assert load_session_options(file) == SessionOptions()
