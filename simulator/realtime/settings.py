"""The session object: its defaults and what an accepted `session.update` makes of it."""

import copy
from typing import Any, cast

from simulator.realtime.audio import PCM_FORMAT
from simulator.realtime.errors import RealtimeError
from simulator.realtime.models import is_reasoning

Settings = dict[str, Any]
"""A session object as it is on the wire."""

_SERVER_VAD: Settings = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
_SEMANTIC_VAD: Settings = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}
_DETECTIONS = {"server_vad": _SERVER_VAD, "semantic_vad": _SEMANTIC_VAD}

_WHOLE = ("format", "voice", "tool_choice", "truncation", "tracing", "prompt", "metadata")
"""Objects that a new value replaces instead of merging into."""


def default_settings(session_id: str, model: str, expires_at: int) -> Settings:
    """What `session.created` says; `expires_at` is in Unix seconds."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "Your knowledge cutoff is 2023-10. You are a helpful, witty, friendly AI.",
        "audio": {
            "input": {
                "format": dict(PCM_FORMAT),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": dict(_SERVER_VAD),
            },
            "output": {"format": dict(PCM_FORMAT), "voice": "alloy", "speed": 1.0},
        },
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tools": [],
        "tool_choice": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "expires_at": expires_at,
    }


def merged(settings: Settings, change: Settings) -> Settings:
    """New settings in which only what the change mentions differs."""
    result = copy.deepcopy(settings)
    for name, value in change.items():
        result[name] = _merged_field(name, result.get(name), value)
    return result


def _merged_field(name: str, old: Any, new: Any) -> Any:
    if name == "turn_detection" and isinstance(new, dict):
        return _merged_detection(old, cast("Settings", new))
    if name == "noise_reduction" and isinstance(new, dict):
        kept: Settings = old or {"strength": 1}
        return {**kept, **cast("Settings", new)}
    if isinstance(new, dict) and isinstance(old, dict) and name not in _WHOLE:
        return merged(cast("Settings", old), cast("Settings", new))
    return copy.deepcopy(cast("Any", new))


def _merged_detection(old: Settings | None, new: Settings) -> Settings:
    same_kind = old is not None and old["type"] == new["type"]
    start = old if same_kind and old is not None else _DETECTIONS[new["type"]]
    return {**start, **new}


def check_change(old: Settings, new: Settings, *, spoken: bool, speaking: bool) -> None:
    """Refuse what no session may change in its life.

    Args:
        old: The effective settings.
        new: The settings that the update would make.
        spoken: Whether there is assistant audio in the conversation.
        speaking: Whether a response is being produced.
    """
    if new["model"] != old["model"]:
        raise RealtimeError(
            "invalid_value", "The model of a session cannot be changed.", "session.model"
        )
    if "reasoning" in new and not is_reasoning(new["model"]):
        message = f"Unsupported option: 'session.reasoning' for model '{new['model']}'."
        raise RealtimeError("unsupported_parameter", message, "session.reasoning")
    check_voice(old, new["audio"]["output"]["voice"], spoken=spoken)
    if speaking and new["audio"]["output"]["speed"] != old["audio"]["output"]["speed"]:
        message = "The speed can only be changed between model turns."
        raise RealtimeError("invalid_value", message, "session.audio.output.speed")
    if old["tracing"] is not None and new["tracing"] != old["tracing"]:
        message = "Tracing cannot be changed once it is on."
        raise RealtimeError("invalid_value", message, "session.tracing")


def check_voice(settings: Settings, voice: Any, *, spoken: bool) -> None:
    """Refuse another voice once the model has spoken with this one."""
    if spoken and voice != settings["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise RealtimeError("cannot_update_voice", message)
