"""Twilio Media Streams as values: text in, events out, nothing else.

Pure: no await, clock, socket or log, so any bug replays from a list of strings.
Source: Twilio's "WebSocket messages" page (bidirectional streams).
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from telephony.canonical import Mark, Media, is_base64, read_canonical
from telephony.errors import (
    ForeignStream,
    MalformedMessage,
    MediaStreamError,
    OutOfOrder,
    UnknownEvent,
    UnsupportedFormat,
)

MAX_MESSAGE_CHARS = 65_536
"""A documented message has some hundred characters; what is larger is not from Twilio."""

MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
"""The only format that Media Streams carries."""

_MAX_DIGITS = 18
"""Of a counter; `int` takes its time with long ones and refuses the longest."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is up; the stream is not known yet."""

    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins; the only place that tells its sids and the TwiML parameters."""

    stream_sid: str
    call_sid: str
    account_sid: str
    custom_parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key that the caller pressed: one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The stream is over; the socket closes next."""

    call_sid: str


Event = Connected | Start | Media | Dtmf | Mark | Stop


HANGS_UP = '{"event": "close"}'
"""No message of Twilio's: how those who tap a stream are told that we leave."""

Tap = Callable[[Literal["in", "out", "closed"], str], None]
"""Is shown every message of a stream, and its end."""


def media_writer(stream_sid: str) -> Callable[[str], str]:
    """What makes, of a payload (base64 of mu-law), the message that queues it for playback.

    All but the payload is the same in every message, so it is made once.
    """
    head, tail = json.dumps(
        {"event": "media", "streamSid": stream_sid, "media": {"payload": "\0"}}
    ).split(json.dumps("\0"))
    return lambda payload: f'{head}"{payload}"{tail}'


def mark_message(stream_sid: str, name: str) -> str:
    """The message that asks for an echo once all audio before it has been played."""
    # One for each half second of audio; to make a dictionary and an encoder first takes longer.
    sid = json.dumps(stream_sid)
    return f'{{"event": "mark", "streamSid": {sid}, "mark": {{"name": {json.dumps(name)}}}}}'


def clear_message(stream_sid: str) -> str:
    """The message that empties Twilio's playback queue."""
    return json.dumps({"event": "clear", "streamSid": stream_sid})


def payload_bytes(payload: str) -> int:
    """How many bytes a base64 text stands for, without decoding it."""
    return (len(payload) - payload.count("=", -2)) * 3 // 4


def _field(message: dict[str, Any], key: str, kind: type, where: str) -> Any:
    value = message.get(key)
    if not isinstance(value, kind):
        raise MalformedMessage(f"{where}.{key} is not a {kind.__name__}")
    return value


def _number(message: dict[str, Any], key: str, where: str) -> int:
    """Twilio writes its counters as strings of decimal digits."""
    text = _field(message, key, str, where)
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise MalformedMessage(f"{where}.{key} is not a decimal number")
    return int(text)


def _check_format(body: dict[str, Any]) -> None:
    given = body.get("mediaFormat")
    known = cast(dict[str, Any], given) if isinstance(given, dict) else {}
    if any(known.get(key) != value for key, value in MEDIA_FORMAT.items()):
        raise UnsupportedFormat(f"mediaFormat is not {MEDIA_FORMAT}")


def _parameters(body: dict[str, Any]) -> dict[str, str]:
    if body.get("customParameters") is None:
        return {}
    parameters: dict[str, Any] = _field(body, "customParameters", dict, "start")
    return {name: _field(parameters, name, str, "customParameters") for name in parameters}


class MediaStream:
    """The reading side of one stream: keeps its order and counts what went wrong.

    Attributes:
        start: the `start` event once it came.
        faults: how often each `MediaStreamError` happened, by the name of its class; and
            `RepeatedNumber`, a sequence number that came before, which is no error.
        missed_messages: how many sequence numbers never came.
        bytes_in: mu-law bytes received; counted by the serializer, as the next.
        bytes_out: mu-law bytes sent.
    """

    def __init__(self, tap: Tap | None = None) -> None:
        """Read a stream from its beginning.

        Args:
            tap: is shown every message of the stream, those that are sent by the serializer.
        """
        self.tap = tap
        self.start: Start | None = None
        self.faults: Counter[str] = Counter()
        self.missed_messages = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self._phase: Literal["new", "connected", "started", "stopped"] = "new"
        self._stream_sid = ""
        self._sequence_number = 0
        self._readers: dict[str, Callable[[dict[str, Any]], Event]] = {
            "media": self._read_media,
            "mark": self._read_mark,
            "dtmf": self._read_dtmf,
            "connected": self._read_connected,
            "start": self._read_start,
            "stop": self._read_stop,
        }

    @property
    def stopped(self) -> bool:
        """Whether Twilio said `stop`."""
        return self._phase == "stopped"

    def closed(self) -> None:
        """Show who taps that the other side has closed the socket."""
        if self.tap:
            self.tap("closed", "")

    def hung_up(self) -> None:
        """Show who taps that we close it."""
        if self.tap:
            self.tap("out", HANGS_UP)

    def receive(self, data: str | bytes) -> Event:
        """Read one WebSocket message.

        Raises:
            MediaStreamError: the message breaks the protocol; it is counted in `faults`.
        """
        try:
            return self._read(data)
        except MediaStreamError as error:
            self.faults[type(error).__name__] += 1
            raise

    def read_canonical(self, text: str) -> Media | Mark | None:
        """Read audio or a mark of the running stream that is written exactly as Twilio does.

        The cheap half of `receive`, with the same checks; None, and nothing has happened, if the
        text is anything else, or wrong.
        """
        found = read_canonical(text)
        if found is None or self._phase != "started" or found[0] != self._stream_sid:
            return None
        if self.tap:
            self.tap("in", text)
        _, number, event = found
        self._count(number)
        return event

    def _read(self, data: str | bytes) -> Event:
        if isinstance(data, bytes):
            raise MalformedMessage("a binary frame")
        if len(data) > MAX_MESSAGE_CHARS:
            raise MalformedMessage(f"a message of {len(data)} characters")
        if event := self.read_canonical(data):
            return event
        if self.tap:
            self.tap("in", data)
        try:
            parsed: object = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise MalformedMessage("not JSON") from error
        if not isinstance(parsed, dict):
            raise MalformedMessage("not a JSON object")
        message = cast(dict[str, Any], parsed)
        kind = message.get("event")
        reader = self._readers.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise UnknownEvent("an event that Media Streams does not have")
        return reader(message)

    def _read_connected(self, message: dict[str, Any]) -> Connected:
        if self._phase != "new":
            raise OutOfOrder("connected came twice")
        connected = Connected(
            protocol=_field(message, "protocol", str, "connected"),
            version=_field(message, "version", str, "connected"),
        )
        self._phase = "connected"
        return connected

    def _read_start(self, message: dict[str, Any]) -> Start:
        if self._phase != "connected":
            raise OutOfOrder(f"start while the stream is {self._phase}")
        body = _field(message, "start", dict, "message")
        _check_format(body)
        start = Start(
            stream_sid=_field(body, "streamSid", str, "start"),
            call_sid=_field(body, "callSid", str, "start"),
            account_sid=_field(body, "accountSid", str, "start"),
            custom_parameters=_parameters(body),
        )
        if message.get("streamSid") != start.stream_sid:
            raise ForeignStream("start names two different streams")
        self._sequence_number = _number(message, "sequenceNumber", "start")
        self.start = start
        self._stream_sid = start.stream_sid
        self._phase = "started"
        return start

    def _read_media(self, message: dict[str, Any]) -> Media:
        self._check_running(message)
        body = _field(message, "media", dict, "message")
        payload = _field(body, "payload", str, "media")
        if not is_base64(payload):
            raise MalformedMessage("media.payload is no base64, empty or cut short")
        return Media(payload, _number(body, "timestamp", "media"))

    def _read_mark(self, message: dict[str, Any]) -> Mark:
        self._check_running(message)
        return Mark(name=_field(_field(message, "mark", dict, "message"), "name", str, "mark"))

    def _read_dtmf(self, message: dict[str, Any]) -> Dtmf:
        self._check_running(message)
        digit = _field(_field(message, "dtmf", dict, "message"), "digit", str, "dtmf")
        if len(digit) != 1 or digit not in "0123456789*#ABCD":
            raise MalformedMessage("dtmf.digit is not a key of a telephone")
        return Dtmf(digit=digit)

    def _read_stop(self, message: dict[str, Any]) -> Stop:
        self._check_running(message)
        body = _field(message, "stop", dict, "message")
        stop = Stop(call_sid=_field(body, "callSid", str, "stop"))
        self._phase = "stopped"
        return stop

    def _check_running(self, message: dict[str, Any]) -> None:
        """Every message between start and stop belongs to the stream and is numbered."""
        if self._phase != "started":
            raise OutOfOrder(f"{message['event']} while the stream is {self._phase}")
        if message.get("streamSid") != self._stream_sid:
            raise ForeignStream(f"{message['event']} of another stream")
        self._count(_number(message, "sequenceNumber", str(message["event"])))

    def _count(self, number: int) -> None:
        if number <= self._sequence_number:
            self.faults["RepeatedNumber"] += 1
            return
        self.missed_messages += number - self._sequence_number - 1
        self._sequence_number = number
