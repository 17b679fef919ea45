from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.session import (
    GONE,
    SessionOptions,
    SessionOptionsError,
    load_session_options,
    parse_session_options,
)

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"voice": "fable"}, r"voice: 'fable' is not a voice .*; use alloy, .*marin, cedar"),
    ({"voice": "onyx"}, r"voice: 'onyx' is not a voice .*; use alloy, .*marin, cedar"),
    ({"voice": "nova"}, r"voice: 'nova' is not a voice .*; use alloy, .*marin, cedar"),
    ({"voice": "Marin"}, r"voice: 'Marin' is not a voice"),
    ({"speed": 0.2}, r"speed: .*greater than or equal to 0\.25"),
    ({"speed": 1.6}, r"speed: .*less than or equal to 1\.5"),
    ({"speed": float("nan")}, r"speed: "),
    ({"input_format": "mulaw"}, r"input_format: .*'g711_ulaw', 'g711_alaw' or 'pcm16'"),
    ({"output_format": {"type": "audio/pcmu"}}, r"output_format: .*'g711_ulaw'"),
    ({"noise_reduction": "on"}, r"noise_reduction: .*'near_field', 'far_field' or 'none'"),
    ({"noise_reduction": {"type": "near_field"}}, r"noise_reduction: .*'near_field'"),
    ({"turn_detection": "vad"}, r"turn_detection: .*'server_vad', 'semantic_vad' or 'none'"),
    ({"turn_detection": {"type": "server_vad"}}, r"turn_detection: .*'server_vad'"),
    ({"threshold": 1.1}, r"threshold: .*less than or equal to 1"),
    ({"threshold": -0.1}, r"threshold: .*greater than or equal to 0"),
    ({"prefix_padding_ms": -1}, r"prefix_padding_ms: .*greater than or equal to 0"),
    ({"silence_duration_ms": 0.5}, r"silence_duration_ms: .*integer"),
    ({"idle_timeout_ms": 4999}, r"idle_timeout_ms: .*greater than or equal to 5000"),
    ({"idle_timeout_ms": 30001}, r"idle_timeout_ms: .*less than or equal to 30000"),
    ({"eagerness": "max"}, r"eagerness: .*'low', 'medium', 'high' or 'auto'"),
    ({"create_response": "perhaps"}, r"create_response: .*boolean"),
    ({"max_output_tokens": 0}, r'max_output_tokens: use 1 to 4096, or "inf"'),
    ({"max_output_tokens": 4097}, r'max_output_tokens: use 1 to 4096, or "inf"'),
    ({"max_output_tokens": "lots"}, r'max_output_tokens: use 1 to 4096, or "inf"'),
    ({"max_output_tokens": float("inf")}, r'max_output_tokens: use 1 to 4096, or "inf"'),
    ({"max_output_tokens": True}, r'max_output_tokens: use 1 to 4096, or "inf"'),
    ({"tool_choice": {"type": "function"}}, r"tool_choice: .*string"),
    ({"tracing": "on"}, r'tracing: use "auto" or a table of workflow_name, group_id, metadata'),
    ({"tracing": {"name": "x"}}, r"tracing: .*workflow_name, group_id, metadata"),
    ({"reasoning_effort": "max"}, r"reasoning_effort: .*'minimal', 'low'"),
    ({"temprature": 0.8}, r"temprature: there is no such option; the options are output_mod"),
    ({"instructions": "Hi"}, r"instructions: there is no such option"),
    # wrong together
    ({"eagerness": "low"}, r'eagerness needs turn_detection = "semantic_vad"'),
    (
        {"turn_detection": "none", "eagerness": "low"},
        r'eagerness needs turn_detection = "semantic_vad"',
    ),
    *(
        ({"turn_detection": kind, name: 6000 if "ms" in name else 1}, rf"{name} needs .*server_vad")
        for kind in ("semantic_vad", "none")
        for name in ("threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms")
    ),
    (
        {"transcription_model": "gpt-realtime-whisper", "transcription_prompt": "spa"},
        r"gpt-realtime-whisper takes no transcription_prompt",
    ),
    (
        {"transcription_model": "none", "transcription_prompt": "spa"},
        r"transcription_prompt needs a transcription_model",
    ),
    (
        {"transcription_model": "none", "transcription_language": "en"},
        r"transcription_language needs a transcription_model",
    ),
    ({"transcription_model": ""}, r"transcription_model: .*at least 1 character"),
]


@pytest.mark.parametrize(("options", "told"), WRONG)
def test_a_wrong_option_is_named_with_the_fix(options: dict[str, Any], told: str) -> None:
    with pytest.raises(SessionOptionsError, match=rf"^\[realtime\] {told}") as raised:
        parse_session_options(options)
    assert raised.value.args[0].count("[realtime]") == 1


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("temperature", "remove it"),
        ("modalities", 'write output_modality = "audio"'),
        ("output_modalities", 'write output_modality = "audio" or "text", never both'),
        ("input_audio_format", 'write input_format = "g711_ulaw"'),
        ("output_audio_format", 'write output_format = "g711_ulaw"'),
        ("input_audio_noise_reduction", 'write noise_reduction = "near_field"'),
        ("input_audio_transcription", "write transcription_model"),
        ("max_response_output_tokens", "write max_output_tokens"),
    ],
)
def test_a_name_of_the_beta_is_gone_and_its_successor_is_told(name: str, fix: str) -> None:
    assert name in GONE
    with pytest.raises(SessionOptionsError, match=rf"^\[realtime\] {name} is gone: {fix}"):
        parse_session_options({name: "anything"})


def test_every_wrong_option_has_its_sentence() -> None:
    with pytest.raises(SessionOptionsError) as raised:
        parse_session_options({"voice": "nova", "speed": 9, "colour": "red"})
    sentences = str(raised.value).split("; [realtime] ")
    assert [sentence.removeprefix("[realtime] ").split(":")[0] for sentence in sentences] == [
        "voice",
        "speed",
        "colour",
    ]


@pytest.mark.parametrize("text", ["realtime = 5", 'realtime = "temperature"', "[[realtime]]"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "spa.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SessionOptionsError, match=r"^\[realtime\] must be a table"):
        load_session_options(file)


@given(
    st.dictionaries(
        st.sampled_from([*SessionOptions.model_fields, *GONE, "odd"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    )
)
@settings(deadline=None)
def test_any_values_give_a_session_or_a_sentence(values: dict[str, Any]) -> None:
    try:
        parse_session_options(values)
    except SessionOptionsError as error:
        sentence = str(error)
    else:
        sentence = "[realtime]"
    assert sentence.startswith("[realtime]")
