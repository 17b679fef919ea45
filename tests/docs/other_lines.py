"""How the lines of other providers speak, by the titles of docs/swap-a-stage.md."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LineWire:
    """How another provider's line speaks.

    Attributes:
        opening: the first two messages.
        media: makes the message of some audio.
        message_back: what it wants around the media that it gets.
        media_back: what it wants beside the payload.
    """

    opening: tuple[dict[str, Any], dict[str, Any]]
    media: Callable[[bytes], dict[str, Any]]
    message_back: dict[str, Any]
    media_back: dict[str, Any]


def plivo_media(audio: bytes) -> dict[str, Any]:
    return {
        "event": "media",
        "media": {"track": "inbound", "payload": b64encode(audio).decode()},
        "streamId": "stream-1",
    }


def telnyx_media(audio: bytes) -> dict[str, Any]:
    media = {"track": "inbound", "chunk": "2", "payload": b64encode(audio).decode()}
    return {"event": "media", "sequence_number": "4", "media": media, "stream_id": "stream-1"}


PLIVO_FORMAT = {"contentType": "audio/x-mulaw", "sampleRate": 8000}
TELNYX_FORMAT = {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}
OTHER_LINES = {
    "Plivo": LineWire(
        (
            {
                "event": "start",
                "start": {
                    "streamId": "stream-1",
                    "callId": "call-1",
                    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
                },
            },
            plivo_media(b"\xff" * 160),
        ),
        plivo_media,
        {"event": "playAudio", "streamId": "stream-1"},
        PLIVO_FORMAT,
    ),
    "Telnyx": LineWire(
        (
            {"event": "connected", "version": "1.0.0"},
            {
                "event": "start",
                "sequence_number": "1",
                "start": {
                    "call_control_id": "v3:call-1",
                    "from": "+16175551212",
                    "to": "+15005550001",
                    "media_format": TELNYX_FORMAT,
                },
                "stream_id": "stream-1",
            },
        ),
        telnyx_media,
        {"event": "media"},
        {},
    ),
}
