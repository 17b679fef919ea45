import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import MediaStreamError
from telephony.media_stream import Connected, Media, MediaStream, Start, Stop
from tests.telephony.messages import (
    CALL,
    CONNECTED,
    DTMF,
    MARK,
    MEDIA,
    START,
    STOP,
    STREAM,
    changed,
    media,
    started,
)

MALFORMED: dict[str, tuple[str | bytes, str]] = {
    # all of them after `start`
    "a binary frame": (MEDIA.encode(), "MalformedMessage"),
    "an empty frame": ("", "MalformedMessage"),
    "no JSON": ("hello", "MalformedMessage"),
    "half a message": (MEDIA[:-1], "MalformedMessage"),
    "two messages": (MEDIA + MEDIA, "MalformedMessage"),
    "a byte order mark": ("\ufeff" + MEDIA, "MalformedMessage"),
    "a list": (f"[{MEDIA}]", "MalformedMessage"),
    "a string": ('"media"', "MalformedMessage"),
    "a number": ("1", "MalformedMessage"),
    "null": ("null", "MalformedMessage"),
    "a number of 5000 digits": ("1" * 5000, "MalformedMessage"),
    "deep nesting": ("[" * 60_000, "MalformedMessage"),
    "deep nesting of objects": ('{"a":' * 10_000, "MalformedMessage"),
    "too large": (json.dumps({"event": "media", "x": "x" * 65_536}), "MalformedMessage"),
    "no event": ("{}", "UnknownEvent"),
    "an event that is null": (changed(MEDIA, "event", to=None), "UnknownEvent"),
    "an event that is a list": (changed(MEDIA, "event", to=["media"]), "UnknownEvent"),
    "an event in capitals": (changed(MEDIA, "event", to="Media"), "UnknownEvent"),
    "an event of ours": ('{"event":"clear","streamSid":"MZ"}', "UnknownEvent"),
    "connected again": (CONNECTED, "OutOfOrder"),
    "start again": (START, "OutOfOrder"),
    "media without sid": (changed(MEDIA, "streamSid"), "ForeignStream"),
    "media of another stream": (changed(MEDIA, "streamSid", to="MZ1"), "ForeignStream"),
    "a sid that is a list": (changed(MEDIA, "streamSid", to=[STREAM]), "ForeignStream"),
    "mark of another stream": (changed(MARK, "streamSid", to="MZ1"), "ForeignStream"),
    "dtmf of another stream": (changed(DTMF, "streamSid", to="MZ1"), "ForeignStream"),
    "stop of another stream": (changed(STOP, "streamSid", to="MZ1"), "ForeignStream"),
    "no sequence number": (changed(MEDIA, "sequenceNumber"), "MalformedMessage"),
    "a bare sequence number": (changed(MEDIA, "sequenceNumber", to=2), "MalformedMessage"),
    "a negative number": (changed(MEDIA, "sequenceNumber", to="-2"), "MalformedMessage"),
    "a fractional number": (changed(MEDIA, "sequenceNumber", to="2.0"), "MalformedMessage"),
    "a number with blanks": (changed(MEDIA, "sequenceNumber", to=" 2"), "MalformedMessage"),
    "an empty number": (changed(MEDIA, "sequenceNumber", to=""), "MalformedMessage"),
    "a number in other digits": (changed(MEDIA, "sequenceNumber", to="\u0662"), "MalformedMessage"),
    "superscript digits": (changed(MEDIA, "sequenceNumber", to="\u00b2"), "MalformedMessage"),
    "a number too long": (changed(MEDIA, "sequenceNumber", to="9" * 5000), "MalformedMessage"),
    "media without body": (changed(MEDIA, "media"), "MalformedMessage"),
    "media that is null": (changed(MEDIA, "media", to=None), "MalformedMessage"),
    "media that is a text": (changed(MEDIA, "media", to="//8="), "MalformedMessage"),
    "media without payload": (changed(MEDIA, "media", "payload"), "MalformedMessage"),
    "an empty payload": (changed(MEDIA, "media", "payload", to=""), "MalformedMessage"),
    "a payload of null": (changed(MEDIA, "media", "payload", to=None), "MalformedMessage"),
    "a payload of bytes": (changed(MEDIA, "media", "payload", to=[255]), "MalformedMessage"),
    "a payload cut short": (changed(MEDIA, "media", "payload", to="//8"), "MalformedMessage"),
    "a payload that is no base64": (
        changed(MEDIA, "media", "payload", to="!!!!"),
        "MalformedMessage",
    ),
    "a payload padded in the middle": (
        changed(MEDIA, "media", "payload", to="//==//8="),
        "MalformedMessage",
    ),
    "a payload that goes on as an event": (
        changed(MEDIA, "media", "payload", to='","type":"session.update","session":{}}{'),
        "MalformedMessage",
    ),
    "no timestamp": (changed(MEDIA, "media", "timestamp"), "MalformedMessage"),
    "a bare timestamp": (changed(MEDIA, "media", "timestamp", to=5), "MalformedMessage"),
    "a timestamp of words": (changed(MEDIA, "media", "timestamp", to="now"), "MalformedMessage"),
    "mark without body": (changed(MARK, "mark"), "MalformedMessage"),
    "mark without name": (changed(MARK, "mark", "name"), "MalformedMessage"),
    "mark with a number": (changed(MARK, "mark", "name", to=3), "MalformedMessage"),
    "dtmf without body": (changed(DTMF, "dtmf"), "MalformedMessage"),
    "dtmf without digit": (changed(DTMF, "dtmf", "digit"), "MalformedMessage"),
    "dtmf with a number": (changed(DTMF, "dtmf", "digit", to=1), "MalformedMessage"),
    "two keys at once": (changed(DTMF, "dtmf", "digit", to="12"), "MalformedMessage"),
    "no key": (changed(DTMF, "dtmf", "digit", to=""), "MalformedMessage"),
    "a key in small letters": (changed(DTMF, "dtmf", "digit", to="a"), "MalformedMessage"),
    "a key that no phone has": (changed(DTMF, "dtmf", "digit", to="E"), "MalformedMessage"),
    "stop without body": (changed(STOP, "stop"), "MalformedMessage"),
    "stop without call": (changed(STOP, "stop", "callSid"), "MalformedMessage"),
}


@pytest.mark.parametrize(("message", "error"), MALFORMED.values(), ids=MALFORMED)
def test_a_broken_message_is_named_and_counted_and_the_stream_goes_on(
    message: str | bytes, error: str
) -> None:
    stream = started()
    with pytest.raises(MediaStreamError) as raised:
        stream.receive(message)
    assert type(raised.value).__name__ == error
    assert dict(stream.faults) == {error: 1}
    assert not stream.stopped
    assert stream.receive(media(900, "//8=")) == Media(payload="//8=", timestamp_ms=5)
    assert stream.receive(STOP) == Stop(call_sid=CALL)


OUT_OF_ORDER: dict[str, tuple[list[str], str]] = {
    "start first": ([], START),
    "media first": ([], MEDIA),
    "mark first": ([], MARK),
    "dtmf first": ([], DTMF),
    "stop first": ([], STOP),
    "connected twice": ([CONNECTED], CONNECTED),
    "media before start": ([CONNECTED], MEDIA),
    "mark before start": ([CONNECTED], MARK),
    "dtmf before start": ([CONNECTED], DTMF),
    "stop before start": ([CONNECTED], STOP),
    "start twice": ([CONNECTED, START], START),
    "connected after start": ([CONNECTED, START], CONNECTED),
    "media after stop": ([CONNECTED, START, STOP], MEDIA),
    "mark after stop": ([CONNECTED, START, STOP], MARK),
    "dtmf after stop": ([CONNECTED, START, STOP], DTMF),
    "stop twice": ([CONNECTED, START, STOP], STOP),
    "start after stop": ([CONNECTED, START, STOP], START),
    "connected after stop": ([CONNECTED, START, STOP], CONNECTED),
}


@pytest.mark.parametrize(("before", "message"), OUT_OF_ORDER.values(), ids=OUT_OF_ORDER)
def test_a_message_at_the_wrong_moment_is_out_of_order(before: list[str], message: str) -> None:
    stream = MediaStream()
    for earlier in before:
        stream.receive(earlier)
    with pytest.raises(MediaStreamError) as raised:
        stream.receive(message)
    assert type(raised.value).__name__ == "OutOfOrder"
    assert json.loads(message)["event"] in str(raised.value)
    assert dict(stream.faults) == {"OutOfOrder": 1}


def test_messages_before_connected_do_not_keep_the_call_from_starting() -> None:
    stream = MediaStream()
    for message in (START, MEDIA, STOP):
        with pytest.raises(MediaStreamError):
            stream.receive(message)
    assert stream.receive(CONNECTED) == Connected(protocol="Call", version="1.0.0")
    assert isinstance(stream.receive(START), Start)


BAD_STARTS: dict[str, tuple[str, str]] = {
    "no body": (changed(START, "start"), "MalformedMessage"),
    "a body of null": (changed(START, "start", to=None), "MalformedMessage"),
    "a body of text": (changed(START, "start", to="start"), "MalformedMessage"),
    "no format": (changed(START, "start", "mediaFormat"), "UnsupportedFormat"),
    "a format of null": (changed(START, "start", "mediaFormat", to=None), "UnsupportedFormat"),
    "a format of text": (changed(START, "start", "mediaFormat", to="mulaw"), "UnsupportedFormat"),
    "linear audio": (
        changed(START, "start", "mediaFormat", "encoding", to="audio/l16"),
        "UnsupportedFormat",
    ),
    "16 kHz": (
        changed(START, "start", "mediaFormat", "sampleRate", to=16000),
        "UnsupportedFormat",
    ),
    "a rate in a string": (
        changed(START, "start", "mediaFormat", "sampleRate", to="8000"),
        "UnsupportedFormat",
    ),
    "stereo": (changed(START, "start", "mediaFormat", "channels", to=2), "UnsupportedFormat"),
    "no channels": (changed(START, "start", "mediaFormat", "channels"), "UnsupportedFormat"),
    "no stream": (changed(START, "start", "streamSid"), "MalformedMessage"),
    "no call": (changed(START, "start", "callSid"), "MalformedMessage"),
    "a call that is a number": (changed(START, "start", "callSid", to=1), "MalformedMessage"),
    "no account": (changed(START, "start", "accountSid"), "MalformedMessage"),
    "two different sids": (changed(START, "streamSid", to="MZ1"), "ForeignStream"),
    "no outer sid": (changed(START, "streamSid"), "ForeignStream"),
    "no sequence number": (changed(START, "sequenceNumber"), "MalformedMessage"),
    "a bare sequence number": (changed(START, "sequenceNumber", to=1), "MalformedMessage"),
    "a sequence number of words": (changed(START, "sequenceNumber", to="a"), "MalformedMessage"),
    "parameters in a list": (
        changed(START, "start", "customParameters", to=["token"]),
        "MalformedMessage",
    ),
    "parameters in a text": (
        changed(START, "start", "customParameters", to="token"),
        "MalformedMessage",
    ),
    "a parameter that is no text": (
        changed(START, "start", "customParameters", to={"token": 1}),
        "MalformedMessage",
    ),
}


@pytest.mark.parametrize(("message", "error"), BAD_STARTS.values(), ids=BAD_STARTS)
def test_a_broken_start_does_not_start_and_a_good_one_still_does(message: str, error: str) -> None:
    stream = MediaStream()
    stream.receive(CONNECTED)
    with pytest.raises(MediaStreamError) as raised:
        stream.receive(message)
    assert type(raised.value).__name__ == error
    assert dict(stream.faults) == {error: 1}
    assert stream.start is None
    assert isinstance(stream.receive(START), Start)


@pytest.mark.parametrize(
    "message", [changed(CONNECTED, "protocol"), changed(CONNECTED, "version", to=1)]
)
def test_a_broken_connected_does_not_count_as_connected(message: str) -> None:
    stream = MediaStream()
    with pytest.raises(MediaStreamError, match=r"^connected\."):
        stream.receive(message)
    assert stream.receive(CONNECTED) == Connected(protocol="Call", version="1.0.0")


def test_errors_name_the_field() -> None:
    stream = started()
    with pytest.raises(MediaStreamError, match=r"^media\.payload is not a str$"):
        stream.receive(changed(MEDIA, "media", "payload"))
    with pytest.raises(MediaStreamError, match=r"^media\.timestamp is not a decimal number$"):
        stream.receive(changed(MEDIA, "media", "timestamp", to="soon"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)
DOCUMENTED = [CONNECTED, START, MEDIA, DTMF, MARK, STOP]
PLACES: list[tuple[str, tuple[str, ...]]] = [
    *((message, (key,)) for message in DOCUMENTED for key in json.loads(message)),
    *((START, ("start", key)) for key in json.loads(START)["start"]),
    *((MEDIA, ("media", key)) for key in json.loads(MEDIA)["media"]),
    (DTMF, ("dtmf", "digit")),
    (MARK, ("mark", "name")),
    (STOP, ("stop", "callSid")),
]


def survives(stream: MediaStream, message: str | bytes) -> None:
    """Receive a message; anything but a MediaStreamError fails the test."""
    faults = stream.faults.total()
    with suppress(MediaStreamError):
        stream.receive(message)
        return
    assert stream.faults.total() > faults


@given(st.lists(st.text() | st.binary() | st.sampled_from(DOCUMENTED)))
def test_any_sequence_of_texts_raises_nothing_but_media_stream_errors(
    messages: list[str | bytes],
) -> None:
    stream = MediaStream()
    for message in messages:
        survives(stream, message)


@given(st.sampled_from(PLACES), JSON)
def test_any_value_in_any_field_raises_nothing_but_media_stream_errors(
    place: tuple[str, tuple[str, ...]], value: Any
) -> None:
    message, path = place
    odd = changed(message, *path, to=value)
    for before in ([], [CONNECTED], [CONNECTED, START]):
        stream = MediaStream()
        for earlier in before:
            stream.receive(earlier)
        survives(stream, odd)


@pytest.mark.parametrize("depth", [100, 900, 980, 990, 1_000, 10_000, 30_000])
def test_nesting_of_any_depth_in_a_parameter_raises_nothing_but_media_stream_errors(
    depth: int,
) -> None:
    stream = MediaStream()
    stream.receive(CONNECTED)
    survives(stream, START.replace('"t0k3n"', "[" * depth + "]" * depth))
