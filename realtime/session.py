"""The options of a model session, as people write them, and the GA `session` made from them.

Source: the session object of OpenAI's Realtime API, GA interface. Pure but for
`load_session_options`, which reads the `[realtime]` table of spa.toml.
"""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

VOICES = (
    "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar",
)  # fmt: skip
"""The voices of the GA interface; `marin` and `cedar` are recommended."""

FORMATS: dict[str, dict[str, Any]] = {
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
    "pcm16": {"type": "audio/pcm", "rate": 24000},
}
"""Audio formats as people write them, and as the GA interface wants them."""

GONE = {
    "temperature": "remove it; the GA interface has no sampling settings",
    "modalities": 'write output_modality = "audio": audio always brings its transcript',
    "output_modalities": 'write output_modality = "audio" or "text", never both',
    "input_audio_format": 'write input_format = "g711_ulaw"',
    "output_audio_format": 'write output_format = "g711_ulaw"',
    "input_audio_noise_reduction": 'write noise_reduction = "near_field"',
    "input_audio_transcription": "write transcription_model, transcription_language, "
    "transcription_prompt",
    "max_response_output_tokens": "write max_output_tokens",
}
"""What the beta interface took, and what to write instead."""

MAX_TOKENS = 4096
"""The most tokens that one answer may have, when it has a limit."""

_SERVER_VAD_ONLY = ("threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms")
_WHISPER = "gpt-realtime-whisper"
_TRACING = ("workflow_name", "group_id", "metadata")
# A version has one or two digits; four are the year of an older model.
_VERSION = re.compile(r"gpt-realtime-(\d{1,2})(?!\d)")
_REASONS_SINCE = 2


class SessionOptionsError(Exception):
    """An option of the model session is wrong; the message names it and the fix."""


class SessionOptions(BaseModel):
    """Every option of a session, by flat names.

    Attributes:
        output_modality: what the model answers with.
        voice: one of `VOICES`, or the id of a custom voice (`voice_...`).
        speed: of speech, 0.25 to 1.5.
        input_format: `g711_ulaw`, `g711_alaw` or `pcm16`.
        output_format: the same three.
        noise_reduction: by where the microphone is; "none" switches it off.
        transcription_model: what writes down the caller's words; "none" switches it off.
        transcription_language: ISO-639-1, or None to let it guess.
        transcription_prompt: words to expect.
        turn_detection: who ends the caller's turn; with "none" it is our own business.
        threshold: server_vad: 0 to 1, how loud is speech.
        prefix_padding_ms: server_vad: audio kept from before the speech.
        silence_duration_ms: server_vad: silence that ends a turn.
        idle_timeout_ms: server_vad: silence after which the model speaks up.
        eagerness: semantic_vad: how soon a turn may be taken for ended.
        create_response: whether the end of a turn starts an answer.
        interrupt_response: whether the caller's speech ends the running answer.
        max_output_tokens: of one answer, tool calls included: 1 to 4096, or "inf".
        tool_choice: "auto", "none", "required", or the name of the tool to call.
        tracing: "auto", a table with workflow_name, group_id, metadata, or None.
        reasoning_effort: of the reasoning models (gpt-realtime-2 and later).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    output_modality: Literal["audio", "text"] = "audio"
    voice: str = "marin"
    speed: float = Field(default=1.0, ge=0.25, le=1.5)
    input_format: Literal["g711_ulaw", "g711_alaw", "pcm16"] = "g711_ulaw"
    output_format: Literal["g711_ulaw", "g711_alaw", "pcm16"] = "g711_ulaw"
    noise_reduction: Literal["near_field", "far_field", "none"] = "near_field"
    transcription_model: str = Field(default="gpt-transcribe", min_length=1)
    transcription_language: str | None = None
    transcription_prompt: str | None = None
    turn_detection: Literal["server_vad", "semantic_vad", "none"] = "server_vad"
    threshold: float | None = Field(default=None, ge=0, le=1)
    prefix_padding_ms: int | None = Field(default=None, ge=0)
    silence_duration_ms: int | None = Field(default=None, ge=0)
    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    eagerness: Literal["low", "medium", "high", "auto"] | None = None
    create_response: bool = True
    interrupt_response: bool = True
    max_output_tokens: int | Literal["inf"] = 1024
    tool_choice: str = "auto"
    tracing: Literal["auto"] | dict[str, Any] | None = None
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_is_gone(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise ValueError("must be a table, [realtime], with one option a line")
        gone = [name for name in GONE if name in values]
        if gone:
            raise ValueError("; ".join(f"{name} is gone: {GONE[name]}" for name in gone))
        return cast(dict[str, Any], values)

    @field_validator("voice")
    @classmethod
    def _known_voice(cls, voice: str) -> str:
        if voice not in VOICES and not voice.startswith("voice_"):
            raise ValueError(f"{voice!r} is not a voice of this interface; use {', '.join(VOICES)}")
        return voice

    @field_validator("max_output_tokens", mode="before")
    @classmethod
    def _within_tokens(cls, tokens: Any) -> int | str:
        # `True` is an int of Python's, and TOML has an `inf` without quotes.
        if tokens == "inf" or (type(tokens) is int and 1 <= tokens <= MAX_TOKENS):
            return tokens
        raise ValueError(f'use 1 to {MAX_TOKENS}, or "inf"')

    @field_validator("tracing", mode="before")
    @classmethod
    def _known_tracing(cls, tracing: object) -> object:
        table = cast(dict[object, object], tracing) if isinstance(tracing, dict) else None
        if tracing in (None, "auto") or (table is not None and table.keys() <= set(_TRACING)):
            return cast(object, tracing)
        raise ValueError(f'use "auto" or a table of {", ".join(_TRACING)}')

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        for name in _SERVER_VAD_ONLY:
            if getattr(self, name) is not None and self.turn_detection != "server_vad":
                raise ValueError(f'{name} needs turn_detection = "server_vad"')
        if self.eagerness is not None and self.turn_detection != "semantic_vad":
            raise ValueError('eagerness needs turn_detection = "semantic_vad"')
        for name in ("transcription_prompt", "transcription_language"):
            if getattr(self, name) is not None and self.transcription_model == "none":
                raise ValueError(f"{name} needs a transcription_model")
        if self.transcription_prompt is not None and self.transcription_model == _WHISPER:
            raise ValueError(f"{_WHISPER} takes no transcription_prompt")
        return self


def parse_session_options(values: dict[str, Any]) -> SessionOptions:
    """Options from plain values.

    Raises:
        SessionOptionsError: one sentence for each wrong option.
    """
    try:
        return SessionOptions.model_validate(values)
    except ValidationError as error:
        raise SessionOptionsError("; ".join(_sentence(item) for item in error.errors())) from error


def _sentence(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = (
            f"there is no such option; the options are {', '.join(SessionOptions.model_fields)}"
        )
    return f"[realtime] {where}: {message}" if where else f"[realtime] {message}"


def load_session_options(spa_file: Path) -> SessionOptions:
    """Options from the `[realtime]` table of spa.toml; the defaults when it has none.

    Raises:
        SessionOptionsError: the table is wrong.
    """
    document = tomllib.loads(spa_file.read_text(encoding="utf-8"))
    return parse_session_options(cast(dict[str, Any], document.get("realtime", {})))


def build_session(
    options: SessionOptions, *, model: str, instructions: str, tools: list[dict[str, Any]]
) -> dict[str, Any]:
    """The `session` of a `session.update` event.

    Args:
        options: what to ask for.
        model: the model of the connection; some options need a reasoning model.
        instructions: who the agent is and how it speaks.
        tools: function tools in the flat shape of the GA interface.

    Raises:
        SessionOptionsError: an option that this model or these tools do not have.
    """
    session: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": [options.output_modality],
        "instructions": instructions,
        "audio": {"input": _audio_input(options), "output": _audio_output(options)},
        "tools": tools,
        "tool_choice": _tool_choice(options.tool_choice, [tool["name"] for tool in tools]),
        "max_output_tokens": options.max_output_tokens,
        "tracing": options.tracing,
    }
    if options.reasoning_effort is not None:
        version = _VERSION.match(model)
        if version is None or int(version[1]) < _REASONS_SINCE:
            raise SessionOptionsError(
                f"[realtime] reasoning_effort: {model} does not reason; use "
                f"gpt-realtime-{_REASONS_SINCE} or later, or remove the option"
            )
        session["reasoning"] = {"effort": options.reasoning_effort}
    return session


def _audio_input(options: SessionOptions) -> dict[str, Any]:
    return {
        "format": FORMATS[options.input_format],
        "noise_reduction": (
            None if options.noise_reduction == "none" else {"type": options.noise_reduction}
        ),
        "transcription": _transcription(options),
        "turn_detection": _turn_detection(options),
    }


def _audio_output(options: SessionOptions) -> dict[str, Any]:
    voice = options.voice
    return {
        "format": FORMATS[options.output_format],
        "voice": voice if voice in VOICES else {"id": voice},
        "speed": options.speed,
    }


def _transcription(options: SessionOptions) -> dict[str, Any] | None:
    if options.transcription_model == "none":
        return None
    transcription = {
        "model": options.transcription_model,
        "language": options.transcription_language,
        "prompt": options.transcription_prompt,
    }
    return {key: value for key, value in transcription.items() if value is not None}


def _turn_detection(options: SessionOptions) -> dict[str, Any] | None:
    """What decides that the caller has spoken; every value is sent, since defaults have moved."""
    if options.turn_detection == "none":
        return None
    turn_detection: dict[str, Any] = {
        "type": options.turn_detection,
        "create_response": options.create_response,
        "interrupt_response": options.interrupt_response,
    }
    if options.turn_detection == "semantic_vad":
        return turn_detection | {"eagerness": options.eagerness or "auto"}
    return turn_detection | {
        "threshold": 0.5 if options.threshold is None else options.threshold,
        "prefix_padding_ms": _or(options.prefix_padding_ms, 300),
        "silence_duration_ms": _or(options.silence_duration_ms, 500),
        "idle_timeout_ms": options.idle_timeout_ms,
    }


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _tool_choice(choice: str, tools: list[str]) -> str | dict[str, str]:
    if choice in ("auto", "none", "required"):
        return choice
    if choice not in tools:
        raise SessionOptionsError(
            f"[realtime] tool_choice: there is no tool {choice!r}; use auto, none, required, or "
            f"one of {', '.join(tools)}"
        )
    return {"type": "function", "name": choice}
