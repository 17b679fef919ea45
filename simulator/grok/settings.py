"""Grok's session object, and what it is to the engine."""

import copy
from typing import Any

from simulator.realtime.audio import PCM_FORMAT
from simulator.realtime.settings import Settings, default_settings, merged

_VAD: Settings = {
    "type": "server_vad",
    "threshold": 0.85,
    "prefix_padding_ms": 333,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
}
"""How turns are found; xAI does not say how long a silence ends one."""


def first_settings(session_id: str, model: str) -> Settings:
    """What `session.created` says."""
    return {
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "instructions": "",
        "voice": "eve",
        "turn_detection": dict(_VAD),
        "audio": {
            "input": {"format": dict(PCM_FORMAT), "transcription": None, "transport": "json"},
            "output": {"format": dict(PCM_FORMAT), "speed": 1.0, "transport": "json"},
        },
        "tools": [],
        "reasoning": {"effort": "high"},
        "resumption": {"enabled": False},
        "replace": {},
    }


def changed(settings: Settings, change: Settings) -> Settings:
    """New settings in which only what the change mentions differs."""
    result = merged({**settings, "turn_detection": None}, {**change, "turn_detection": None})
    result["turn_detection"] = _detection(settings["turn_detection"], change)
    return result


def _detection(old: Settings | None, change: Settings) -> Settings | None:
    new = change.get("turn_detection", old)
    # Null and an object whose type is null both mean that the client ends the turns.
    if new is None or new["type"] is None:
        return None
    return {**(old or _VAD), **new}


def of_the_engine(settings: Settings, expires_at: int) -> Settings:
    """The same session in OpenAI's shape, which the engine plays; `expires_at` in Unix seconds."""
    heard, said = settings["audio"]["input"], settings["audio"]["output"]
    turns: dict[str, Any] | None = copy.copy(settings["turn_detection"])
    if turns is not None:
        turns |= {"create_response": True, "interrupt_response": True}
    # Whoever does not ask for words as they come gets them whole, and always gets them.
    transcription = heard["transcription"] or {"model": "whisper-1"}
    return merged(
        default_settings(settings["id"], settings["model"], expires_at),
        {
            "instructions": settings["instructions"],
            "tools": settings["tools"],
            "audio": {
                "input": {
                    "format": heard["format"],
                    "transcription": transcription,
                    "turn_detection": turns,
                },
                "output": {
                    "format": said["format"],
                    "voice": settings["voice"],
                    "speed": said["speed"],
                },
            },
        },
    )
