"""Reads what a server sends on a media stream as strictly as Twilio does. Pure."""

import base64
import json
from dataclasses import dataclass
from typing import Any, cast

INVALID_MESSAGE = 31951


class MessageIgnored(Exception):
    """A message that Twilio would ignore; only its debugger tells, by `INVALID_MESSAGE`."""


@dataclass(frozen=True)
class Media:
    """Audio to play after what is queued.

    Attributes:
        mulaw: the bytes.
    """

    mulaw: bytes


@dataclass(frozen=True)
class Mark:
    """Asks for an echo when all before it was played."""

    name: str


@dataclass(frozen=True)
class Clear:
    """Empties the queue."""


Command = Media | Mark | Clear


def read_message(text: str, stream_sid: str) -> Command:
    """What the server wants of a stream.

    Raises:
        MessageIgnored: it has a field more or less than Twilio documents, or another stream's sid.
    """
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise MessageIgnored("not JSON") from error
    message = cast(dict[str, Any], parsed) if isinstance(parsed, dict) else {}
    event = message.get("event")
    if message == {"event": "clear", "streamSid": stream_sid}:
        return Clear()
    if event == "media":
        return Media(_payload(_only_text(message, "media", "payload", stream_sid)))
    if event == "mark":
        return Mark(_only_text(message, "mark", "name", stream_sid))
    raise MessageIgnored("no media, mark or clear of this stream")


def _only_text(message: dict[str, Any], event: str, field: str, stream_sid: str) -> str:
    """The one field of the body of a message that is otherwise as it must be."""
    body = message.get(event)
    text = cast(dict[str, Any], body).get(field) if isinstance(body, dict) else None
    if not isinstance(text, str) or not text:
        raise MessageIgnored(f"{event} without {field}")
    if message != {"event": event, "streamSid": stream_sid, event: {field: text}}:
        raise MessageIgnored(f"{event} with other fields, or of another stream")
    return text


def _payload(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise MessageIgnored("a payload that is no base64") from error
