"""Writes the messages of Twilio's end of a media stream, to the letter. Pure.

The order of the keys and the missing blanks are Twilio's: a server may recognise audio by how
its text begins.
"""

import base64
import json
from typing import Any

from simulator.stream import Stream

CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
"""The first message; it alone has neither a stream nor a number."""


class StreamWriter:
    """Numbers the messages of one stream, from `start` on."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._sequence_number = 0
        self._chunk = 0

    def skip(self, step: int) -> None:
        """Go on with another number, as a stream that lost or repeats messages does."""
        self._sequence_number += step

    def start(self) -> str:
        """The stream begins."""
        body = {
            "accountSid": self._stream.account_sid,
            "streamSid": self._stream.stream_sid,
            "callSid": self._stream.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self._stream.parameters,
        }
        return self._text("start", body)

    def media(self, mulaw: bytes, timestamp_ms: int) -> str:
        """A frame of the caller's, `timestamp_ms` since the stream began."""
        return self.encoded_media(base64.b64encode(mulaw).decode("ascii"), timestamp_ms)

    def encoded_media(self, payload: str, timestamp_ms: int) -> str:
        """A frame that is base64 already; put together by hand, for hundreds of callers at once."""
        self._chunk += 1
        number, sid = self._next(), self._stream.stream_sid
        return (
            f'{{"event":"media","sequenceNumber":"{number}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{timestamp_ms}","payload":"{payload}"}},'
            f'"streamSid":"{sid}"}}'
        )

    def mark(self, name: str) -> str:
        """All before this mark was played, or cleared."""
        number, sid = self._next(), self._stream.stream_sid
        return (
            f'{{"event":"mark","sequenceNumber":"{number}","streamSid":"{sid}",'
            f'"mark":{{"name":{json.dumps(name)}}}}}'
        )

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        body = {"track": "inbound_track", "digit": digit}
        number, sid = self._next(), self._stream.stream_sid
        return _compact({"event": "dtmf", "streamSid": sid, "sequenceNumber": number, "dtmf": body})

    def stop(self) -> str:
        """The stream is over."""
        body = {"accountSid": self._stream.account_sid, "callSid": self._stream.call_sid}
        return self._text("stop", body)

    def _text(self, event: str, body: dict[str, Any]) -> str:
        number, sid = self._next(), self._stream.stream_sid
        return _compact({"event": event, "sequenceNumber": number, event: body, "streamSid": sid})

    def _next(self) -> str:
        self._sequence_number += 1
        return str(self._sequence_number)


def _compact(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
