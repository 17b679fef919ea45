"""The GA interface's shapes: what a client may send, field by field."""

from typing import Any

from simulator.realtime.rules import (
    Rule,
    anything,
    array,
    boolean,
    choice,
    choice_or,
    integer,
    mapping,
    nullable,
    number,
    record,
    tagged,
    text,
)

VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo"),
    *("sage", "shimmer", "verse", "marin", "cedar"),
)

_TRANSCRIBERS = (
    "gpt-transcribe",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
)

_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")

_LONGEST_APPEND = 20 * 1024 * 1024
"""Characters of base64 that hold 15 MiB."""


def _format() -> Rule:
    """Audio formats are objects; A-law is real but not played by this stand-in."""
    return tagged(
        "type",
        {
            "audio/pcm": record({"type": anything, "rate": choice(24000)}),
            "audio/pcmu": record({"type": anything}),
        },
    )


_turn_detection = tagged(
    "type",
    {
        "server_vad": record(
            {
                "type": anything,
                "threshold": number(0.0, 1.0),
                "prefix_padding_ms": integer(0),
                "silence_duration_ms": integer(0),
                "idle_timeout_ms": nullable(integer(1)),
                "create_response": boolean,
                "interrupt_response": boolean,
            }
        ),
        "semantic_vad": record(
            {
                "type": anything,
                "eagerness": choice("low", "medium", "high", "auto"),
                "create_response": boolean,
                "interrupt_response": boolean,
            }
        ),
    },
)

_transcription = record(
    {
        "model": choice(*_TRANSCRIBERS),
        "language": text(),
        "prompt": text(),
        "delay": choice(*_EFFORTS),
        "keywords": array(text()),
        "languages": array(text()),
    }
)

_voice = choice_or(*VOICES, otherwise=record({"id": text()}, required=("id",)))

_audio = record(
    {
        "input": record(
            {
                "format": _format(),
                "noise_reduction": nullable(
                    record(
                        {"type": choice("near_field", "far_field"), "strength": number(0, 10)},
                        required=("type",),
                    )
                ),
                "transcription": nullable(_transcription),
                "turn_detection": nullable(_turn_detection),
            }
        ),
        "output": record({"format": _format(), "voice": _voice, "speed": number(0.25, 1.5)}),
    }
)

_tool = tagged(
    "type",
    {
        "function": record(
            {
                "type": anything,
                "name": text(64),
                "description": text(1024),
                "parameters": mapping,
            },
            required=("name",),
        )
    },
)

_tool_choice = choice_or(
    "auto",
    "none",
    "required",
    otherwise=tagged(
        "type",
        {"function": record({"type": anything, "name": text()}, required=("name",))},
    ),
)


def _modalities(value: Any, path: str) -> None:
    array(choice("audio", "text"))(value, path)
    choice(["audio"], ["text"])(value, path)


_prompt = nullable(record({"id": text(), "version": text(), "variables": mapping}, ("id",)))

_SHARED: dict[str, Rule] = {
    "output_modalities": _modalities,
    "instructions": text(),
    "tools": array(_tool),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": boolean,
    "reasoning": record({"effort": choice(*_EFFORTS)}),
    "max_output_tokens": choice_or("inf", otherwise=integer(1, 4096)),
    "prompt": _prompt,
}
"""Fields that a session and a single response have in common."""

session_rule = record(
    {
        **_SHARED,
        "type": choice("realtime"),
        "model": text(),
        "audio": _audio,
        "truncation": choice_or(
            "auto",
            "disabled",
            otherwise=record(
                {
                    "type": choice("retention_ratio"),
                    "retention_ratio": number(0, 1),
                    "token_limits": nullable(record({"post_instructions": integer(0)})),
                },
                required=("type", "retention_ratio"),
            ),
        ),
        "tracing": nullable(
            choice_or(
                "auto",
                otherwise=record(
                    {"workflow_name": text(), "group_id": text(), "metadata": mapping}
                ),
            )
        ),
        "include": nullable(array(choice("item.input_audio_transcription.logprobs"))),
    },
    required=("type",),
)

_SERVER_FIELDS: dict[str, Rule] = {
    "id": text(32),
    "object": choice("realtime.item"),
    "status": choice("completed", "incomplete", "in_progress"),
    "type": anything,
}
"""Fields that a client may copy back from an item it got."""


def _message(**contents: Rule) -> Rule:
    content = array(tagged("type", contents))
    return record({**_SERVER_FIELDS, "role": anything, "content": content}, ("content",))


_input_text = record({"type": anything, "text": text()}, ("text",))

item_rule = tagged(
    "type",
    {
        "message": tagged(
            "role",
            {
                "user": _message(
                    input_text=_input_text,
                    input_audio=record(
                        {"type": anything, "audio": text(), "transcript": nullable(text())},
                        ("audio",),
                    ),
                    input_image=record(
                        {"type": anything, "image_url": text(), "detail": text()},
                        ("image_url",),
                    ),
                ),
                "system": _message(input_text=_input_text),
                "assistant": _message(output_text=_input_text),
            },
        ),
        "function_call": record(
            {**_SERVER_FIELDS, "call_id": text(), "name": text(), "arguments": text()},
            ("name", "arguments"),
        ),
        "function_call_output": record(
            {**_SERVER_FIELDS, "call_id": text(), "output": text()}, ("call_id", "output")
        ),
    },
)


def _input_item(value: Any, path: str) -> None:
    mapping(value, path)
    if value.get("type") == "item_reference":
        record({"type": anything, "id": text()}, ("id",))(value, path)
    else:
        item_rule(value, path)


def metadata_rule(value: Any, path: str) -> None:
    """Allows sixteen words with their values."""
    mapping(value, path)
    array(text(64))(list(value), path)
    array(text(512))(list(value.values()), path)
    integer(0, 16)(len(value), path)


_response = record(
    {
        **_SHARED,
        "audio": record({"output": record({"format": _format(), "voice": _voice})}),
        "conversation": choice("auto", "none"),
        "input": array(_input_item),
        "metadata": nullable(metadata_rule),
    }
)


def event_rule(required: tuple[str, ...] = (), **fields: Rule) -> Rule:
    """Allows an event with these fields."""
    return record({"type": anything, "event_id": text(512), **fields}, required)


EVENTS: dict[str, Rule] = {
    "session.update": event_rule(("session",), session=session_rule),
    "input_audio_buffer.append": event_rule(("audio",), audio=text(_LONGEST_APPEND)),
    "input_audio_buffer.commit": event_rule(),
    "input_audio_buffer.clear": event_rule(),
    "conversation.item.create": event_rule(
        ("item",), item=item_rule, previous_item_id=nullable(text())
    ),
    "conversation.item.retrieve": event_rule(("item_id",), item_id=text()),
    "conversation.item.delete": event_rule(("item_id",), item_id=text()),
    "conversation.item.truncate": event_rule(
        ("item_id", "content_index", "audio_end_ms"),
        item_id=text(),
        content_index=integer(0),
        audio_end_ms=integer(0),
    ),
    "response.create": event_rule(response=_response),
    "response.cancel": event_rule(response_id=text()),
}
"""The rule of every client event that a WebSocket session takes."""
