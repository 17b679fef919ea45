import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.errors import MediaStreamError
from telephony.media_stream import (
    MAX_MESSAGE_CHARS,
    Connected,
    Dtmf,
    Mark,
    Media,
    MediaStream,
    Start,
    Stop,
    clear_message,
    mark_message,
    media_writer,
    payload_bytes,
)
from tests.telephony.messages import (
    ACCOUNT,
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


def test_a_call_reads_as_its_events() -> None:
    stream = MediaStream()
    messages = [CONNECTED, START, MEDIA, DTMF, MARK, STOP]
    assert [stream.receive(message) for message in messages] == [
        Connected(protocol="Call", version="1.0.0"),
        Start(
            stream_sid=STREAM,
            call_sid=CALL,
            account_sid=ACCOUNT,
            custom_parameters={"token": "t0k3n", "from": "+16175551212"},
        ),
        Media(payload="//////7+/v7//w==", timestamp_ms=5),
        Dtmf(digit="1"),
        Mark(name="item_A1:3"),
        Stop(call_sid=CALL),
    ]
    assert not stream.faults


def test_messages_to_the_line_have_the_exact_shapes_of_the_documentation() -> None:
    assert json.loads(media_writer("MZ1")("//8=")) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": "//8="},
    }
    assert json.loads(mark_message("MZ1", "0:item:1")) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": "0:item:1"},
    }
    assert json.loads(clear_message("MZ1")) == {"event": "clear", "streamSid": "MZ1"}


def test_messages_to_the_line_escape_what_json_wants_escaped() -> None:
    name = 'a"b\\c\n\u00e9'
    assert json.loads(mark_message("MZ1", name))["mark"]["name"] == name


def test_stopped_is_false_until_stop() -> None:
    stream = started()
    assert not stream.stopped
    stream.receive(STOP)
    assert stream.stopped


def test_start_is_kept() -> None:
    stream = MediaStream()
    stream.receive(CONNECTED)
    assert stream.start is None
    assert stream.receive(START) is stream.start


def test_start_needs_no_custom_parameters() -> None:
    for message in (
        changed(START, "start", "customParameters"),
        changed(START, "start", "customParameters", to={}),
        changed(START, "start", "customParameters", to=None),
    ):
        stream = MediaStream()
        stream.receive(CONNECTED)
        start = stream.receive(message)
        assert isinstance(start, Start)
        assert start.custom_parameters == {}


def test_fields_that_twilio_adds_later_are_no_fault() -> None:
    stream = MediaStream()
    for message in (CONNECTED, START, MEDIA, DTMF, MARK, STOP):
        document = json.loads(message)
        document["added"] = {"later": [1]}
        for part in (document.get(document["event"], {}), document.get("start", {})):
            part["added"] = "later"
        if "start" in document:
            document["start"]["mediaFormat"]["added"] = "later"
        stream.receive(json.dumps(document))
    assert not stream.faults


def test_the_largest_message_is_read_and_one_more_character_is_not() -> None:
    stream = started()
    largest = media(2, "/" * (MAX_MESSAGE_CHARS - len(media(2, "")) - 1))
    largest += " " * (MAX_MESSAGE_CHARS - len(largest))
    with pytest.raises(MediaStreamError, match="a message of 65537 characters"):
        stream.receive(largest + " ")
    assert len(largest) == 65_536
    stream = started()
    payload = "/" * (4 * ((MAX_MESSAGE_CHARS - len(media(2, ""))) // 4))
    assert isinstance(stream.receive(media(2, payload).ljust(MAX_MESSAGE_CHARS)), Media)


def test_a_gap_in_the_numbers_counts_what_is_missing() -> None:
    stream = started(media(2, "//8="), media(5, "//8="), media(6, "//8="))
    assert stream.missed_messages == 2
    assert not stream.faults


def test_every_kind_of_message_is_numbered() -> None:
    stream = started(MEDIA, DTMF, MARK, STOP)
    assert stream.missed_messages == (57 - 2 - 1) + (81 - 57 - 1) + (905 - 81 - 1)


def test_a_broken_message_still_takes_its_number() -> None:
    stream = started()
    with pytest.raises(MediaStreamError):
        stream.receive(changed(MEDIA, "media", "payload"))
    stream.receive(media(3, "//8="))
    assert stream.missed_messages == 0


def test_a_repeated_number_is_counted_and_its_audio_kept() -> None:
    stream = started(media(2, "//8="), media(2, "//8="), media(1, "//8="), media(3, "//8="))
    assert dict(stream.faults) == {"RepeatedNumber": 2}
    assert stream.missed_messages == 0


def test_a_foreign_message_takes_no_number() -> None:
    stream = started()
    with pytest.raises(MediaStreamError):
        stream.receive(changed(media(77, "//8="), "streamSid", to="MZ1"))
    stream.receive(media(2, "//8="))
    assert stream.missed_messages == 0


@pytest.mark.parametrize("digit", list("0123456789*#ABCD"))
def test_every_key_of_a_telephone_is_a_key(digit: str) -> None:
    assert started().receive(changed(DTMF, "dtmf", "digit", to=digit)) == Dtmf(digit=digit)


@given(st.binary(max_size=400))
def test_payload_bytes_agrees_with_decoding(audio: bytes) -> None:
    assert payload_bytes(base64.b64encode(audio).decode()) == len(audio)


@given(st.text(alphabet="=/A", max_size=8))
def test_payload_bytes_is_never_negative(payload: str) -> None:
    assert payload_bytes(payload) >= 0
