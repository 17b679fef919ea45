import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.canonical import Mark, Media, read_canonical
from telephony.errors import MediaStreamError
from telephony.media_stream import Event
from tests.telephony.messages import DTMF, MARK, MEDIA, START, STOP, STREAM, changed, started

MARK_OF_OURS = MARK.replace("item_A1:3", "0:12")


def test_audio_and_marks_are_read_as_twilio_prints_them() -> None:
    assert read_canonical(MEDIA) == (STREAM, 2, Media("//////7+/v7//w==", 5))
    assert read_canonical(MARK) == (STREAM, 81, Mark("item_A1:3"))
    assert read_canonical(MARK_OF_OURS) == (STREAM, 81, Mark("0:12"))


@pytest.mark.parametrize(
    "text",
    [
        DTMF,
        START,
        STOP,
        "",
        "{}",
        MEDIA + " ",
        MEDIA[:-1],
        MEDIA + MEDIA,
        json.dumps(json.loads(MEDIA)),
        MEDIA.replace('"5"', "5"),
        MEDIA.replace('"5"', '"\u0665"'),
        MEDIA.replace('"5"', '"-5"'),
        MEDIA.replace('"5"', f'"{"5" * 19}"'),
        MEDIA.replace("inbound", "outbound"),
        MEDIA.replace("//////7+/v7//w==", ""),
        MEDIA.replace("//////7+/v7//w==", "///"),
        MEDIA.replace("//////7+/v7//w==", "\\u002f///"),
        MEDIA.replace("//////7+/v7//w==", "\u00e9\u00e9\u00e9\u00e9"),
        MEDIA.replace("//////7+/v7//w==", "===="),
        MEDIA.replace('"track"', '"more":1,"track"'),
        MARK.replace("item_A1:3", "a\\nb"),
        MARK.replace("item_A1:3", ""),
    ],
)
def test_what_deviates_is_left_to_the_parser(text: str) -> None:
    assert read_canonical(text) is None


def outcome(text: str, *, plain: bool) -> tuple[Event | str, dict[str, int], int]:
    """What a stream makes of a message, canonical or in a form that only the parser reads."""
    stream = started()
    try:
        event: Event | str = stream.receive(" " + text if plain else text)
    except MediaStreamError as error:
        event = str(error)
    return event, dict(stream.faults), stream.missed_messages


@given(
    st.sampled_from([MEDIA, MARK]),
    st.integers(0, 200),
    st.sampled_from([*'0a"\\{}:,=/ \n', "\u00e9", "\u0665"]),
    st.booleans(),
)
def test_one_byte_more_or_other_is_read_as_the_parser_reads_it(
    message: str,
    at: int,
    byte: str,
    more: bool,
) -> None:
    text = message[:at] + byte + message[at if more else at + 1 :]
    assert outcome(text, plain=False) == outcome(text, plain=True)


@pytest.mark.parametrize("message", [MEDIA, MARK])
@pytest.mark.parametrize("number", ["0", "1", "2", "3", "900"])
def test_numbers_are_counted_alike(message: str, number: str) -> None:
    text = changed(message, "sequenceNumber", to=number)
    compact = json.dumps(json.loads(text), separators=(",", ":"))
    assert read_canonical(compact) is not None
    assert outcome(compact, plain=False) == outcome(compact, plain=True)


@pytest.mark.parametrize("message", [MEDIA, MARK])
def test_another_stream_is_a_fault_either_way(message: str) -> None:
    text = message.replace(STREAM, "MZ" + "1" * 32)
    assert outcome(text, plain=False) == outcome(text, plain=True)
    assert outcome(text, plain=False)[1] == {"ForeignStream": 1}


def test_nothing_is_read_before_the_start_or_counted_twice() -> None:
    stream = started()
    assert stream.read_canonical(MEDIA) is not None
    assert stream.read_canonical(MEDIA + " ") is None
    assert dict(stream.faults) == {}
    stream.receive(STOP)
    assert stream.read_canonical(MEDIA) is None
