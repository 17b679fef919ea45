import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.audio_delta import append_event, read_delta

DELTA = (
    '{"type":"response.output_audio.delta","event_id":"event_9","response_id":"resp_1",'
    '"item_id":"item_A1","output_index":0,"content_index":2,"delta":"//79/f7/"}'
)


def test_a_delta_is_read_as_the_model_writes_it() -> None:
    frame = read_delta(DELTA)
    assert frame is not None
    assert (frame.response_id, frame.item_id, frame.content_index) == ("resp_1", "item_A1", 2)
    assert frame.payload == "//79/f7/"


@pytest.mark.parametrize(
    "text",
    [
        "",
        DELTA + " ",
        json.dumps(json.loads(DELTA)),
        DELTA.replace("resp_1", "resp\\u005f1"),
        DELTA.replace("item_A1", "\u00e9"),
        DELTA.replace("//79/f7/", ""),
        DELTA.replace("//79/f7/", "//79\\/f7/"),
        DELTA.replace("//79/f7/", "//79/f7"),
        DELTA.replace(":2,", ":-2,"),
        DELTA.replace(":2,", ":02,"),
        DELTA.replace(":0,", ":00,"),
        DELTA.replace(':2,"delta"', ':2,"more":1,"delta"'),
        DELTA.replace("output_audio.delta", "output_audio.done"),
    ],
)
def test_what_deviates_is_left_to_the_parser(text: str) -> None:
    assert read_delta(text) is None


@given(
    st.integers(0, len(DELTA)),
    st.sampled_from([*'0a"\\{}:,=/ \n', "\u00e9", "\u0665"]),
    st.booleans(),
)
def test_what_is_read_is_what_the_parser_would_read(at: int, byte: str, more: bool) -> None:
    text = DELTA[:at] + byte + DELTA[at if more else at + 1 :]
    frame = read_delta(text)
    if frame is not None:
        event = json.loads(text)
        assert frame.payload == event["delta"]
        assert (frame.item_id, frame.content_index) == (event["item_id"], event["content_index"])
        assert frame.response_id == event["response_id"]


def test_audio_is_appended_as_it_is() -> None:
    assert json.loads(append_event("//8=")) == {
        "type": "input_audio_buffer.append",
        "audio": "//8=",
    }
