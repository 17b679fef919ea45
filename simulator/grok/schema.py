"""The shapes of Grok's Voice Agent: what a client may send, field by field.

Stricter than the service in one way: it lets some of OpenAI's fields pass, and ignores them.
"""

from typing import Any

from simulator.realtime.rules import (
    Rule,
    anything,
    array,
    boolean,
    choice,
    integer,
    mapping,
    nullable,
    number,
    record,
    tagged,
    text,
)
from simulator.realtime.schema import EVENTS as OPENAI_EVENTS
from simulator.realtime.schema import event_rule, metadata_rule

_LONGEST_MS = 10_000
_MOST_TERMS, _LONGEST_TERM = 100, 50

_PLAYED_RATES = (8000, 16_000, 24_000, 32_000, 48_000)
"""Grok has others too, of which a millisecond is no whole number of samples."""

_format = tagged(
    "type",
    {
        "audio/pcm": record({"type": anything, "rate": choice(*_PLAYED_RATES)}),
        "audio/pcmu": record({"type": anything, "rate": choice(8000)}),
    },
)
"""Formats are objects; A-law and Opus are real but not played by this stand-in."""

_transport = choice("json")
"""Binary frames are real but not played by this stand-in."""


def _key_terms(value: Any, path: str) -> None:
    array(text(_LONGEST_TERM))(value, path)
    integer(0, _MOST_TERMS)(len(value), path)


_transcription = record(
    {"model": choice("grok-transcribe"), "language_hint": text(), "keyterms": _key_terms}
)

_turn_detection = record(
    {
        "type": nullable(choice("server_vad")),
        "threshold": number(0.1, 0.9),
        "silence_duration_ms": integer(0, _LONGEST_MS),
        "prefix_padding_ms": integer(0, _LONGEST_MS),
        "idle_timeout_ms": nullable(integer(1)),
    },
    required=("type",),
)

_function: dict[str, Rule] = {"name": text(64), "description": text(), "parameters": mapping}

_tool = tagged(
    "type",
    {"function": record({"type": anything, **_function}, required=("name", "parameters"))},
)
"""Searches and MCP are real but not played by this stand-in."""

session_rule = record(
    {
        "instructions": text(),
        "voice": text(),
        "turn_detection": nullable(_turn_detection),
        "audio": record(
            {
                "input": record(
                    {
                        "format": _format,
                        "transcription": nullable(_transcription),
                        "transport": _transport,
                    }
                ),
                "output": record(
                    {"format": _format, "speed": number(0.7, 1.5), "transport": _transport}
                ),
            }
        ),
        "tools": array(_tool),
        "reasoning": record({"effort": choice("high", "none")}),
        "resumption": record({"enabled": boolean}),
        "replace": mapping,
    }
)

_SERVER_FIELDS: dict[str, Rule] = {
    "id": text(),
    "object": choice("realtime.item"),
    "status": choice("completed", "in_progress", "incomplete"),
    "type": anything,
}

_text = record({"type": anything, "text": text()}, ("text",))

item_rule = tagged(
    "type",
    {
        "message": record(
            {
                **_SERVER_FIELDS,
                "role": choice("user", "assistant", "system"),
                "content": array(tagged("type", {"input_text": _text, "text": _text})),
            },
            ("role", "content"),
        ),
        "function_call": record(
            {**_SERVER_FIELDS, "call_id": text(), "name": text(), "arguments": text()},
            ("call_id", "name", "arguments"),
        ),
        "function_call_output": record(
            {**_SERVER_FIELDS, "call_id": text(), "output": text()}, ("call_id", "output")
        ),
    },
)
"""Items; `force_message` is real but not played by this stand-in."""

_response = record(
    {
        "modalities": choice(["text", "audio"], ["audio", "text"], ["audio"]),
        "instructions": text(),
        "metadata": nullable(metadata_rule),
    }
)


_AS_OPENAI = (
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.delete",
    "conversation.item.truncate",
    "response.cancel",
)

EVENTS: dict[str, Rule] = {
    **{kind: OPENAI_EVENTS[kind] for kind in _AS_OPENAI},
    "session.update": event_rule(("session",), session=session_rule),
    "conversation.item.create": event_rule(
        ("item",), item=item_rule, previous_item_id=nullable(text())
    ),
    "response.create": event_rule(response=_response),
}
"""The rule of every client event; `conversation.item.retrieve` is OpenAI's alone."""
