import base64
from copy import copy

import pytest
from pipecat.frames.frames import (
    DataFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    SystemFrame,
    TTSAudioRawFrame,
)
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.tests.utils import run_test

from telephony import mulaw
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    TruncateItemFrame,
    gathered,
)

AUDIO = bytes(range(160))
PAYLOAD = base64.b64encode(AUDIO).decode("ascii")
NOT_BASE64 = "\u00e9\u00e9\u00e9!"


def both(payload: str) -> list[MulawInputFrame | MulawOutputFrame]:
    return [MulawInputFrame(payload), MulawOutputFrame(payload, item_id="item_A1")]


def test_frames_are_audio_for_every_stage_of_pipecat() -> None:
    assert isinstance(MulawInputFrame(PAYLOAD), InputAudioRawFrame)
    assert isinstance(MulawInputFrame(PAYLOAD), SystemFrame)
    assert isinstance(MulawOutputFrame(PAYLOAD), TTSAudioRawFrame)
    assert isinstance(MulawOutputFrame(PAYLOAD), OutputAudioRawFrame)
    assert isinstance(MulawOutputFrame(PAYLOAD), DataFrame)


def test_the_payload_is_the_very_text_of_the_wire() -> None:
    for frame in both(PAYLOAD):
        assert frame.payload is PAYLOAD


def test_the_payload_stays_when_a_stage_listens() -> None:
    for frame in both(PAYLOAD):
        assert frame.audio == mulaw.decode(AUDIO)
        assert frame.payload is PAYLOAD


def test_audio_is_decoded_once() -> None:
    for frame in both(PAYLOAD):
        assert frame.audio is frame.audio


def test_minus_zero_of_the_wire_is_not_rewritten_by_listening() -> None:
    payload = base64.b64encode(b"\x7f" * 160).decode()
    for frame in both(payload):
        assert frame.audio == bytes(320)
        assert frame.payload is payload


def test_audio_is_pcm_at_8_khz_mono() -> None:
    for frame in both(PAYLOAD):
        assert (frame.sample_rate, frame.num_channels, frame.num_frames) == (8000, 1, 160)
        assert len(frame.audio) == 320


def test_written_audio_is_encoded_again() -> None:
    louder = mulaw.decode(AUDIO[::-1] + AUDIO)
    for frame in both(PAYLOAD):
        frame.audio = louder
        assert frame.audio is louder
        assert base64.b64decode(frame.payload) == mulaw.encode(louder)
        assert frame.payload is frame.payload
        assert (frame.num_frames, frame.duration_ms) == (320, 40.0)


def test_written_silence_is_0xff() -> None:
    for frame in both(PAYLOAD):
        frame.audio = bytes(320)
        assert base64.b64decode(frame.payload) == b"\xff" * 160


def test_audio_written_empty_is_an_empty_payload() -> None:
    for frame in both(PAYLOAD):
        frame.audio = b""
        assert (frame.payload, frame.duration_ms) == ("", 0.0)


@pytest.mark.parametrize(
    ("size", "duration_ms"), [(0, 0.0), (1, 0.125), (8, 1.0), (160, 20.0), (161, 20.125)]
)
def test_duration_counts_mulaw_bytes(size: int, duration_ms: float) -> None:
    for frame in both(base64.b64encode(bytes(size)).decode()):
        assert frame.duration_ms == duration_ms
        assert frame.num_frames == size


def test_an_output_frame_knows_its_item() -> None:
    frame = MulawOutputFrame(PAYLOAD, item_id="item_A1", content_index=2, response_id="resp_A1")
    assert (frame.item_id, frame.content_index, frame.response_id) == ("item_A1", 2, "resp_A1")
    assert frame.context_id is None


def test_an_output_frame_of_pcm_is_one_like_pipecats_own() -> None:
    frame = MulawOutputFrame(mulaw.decode(b"\x10" * 160), sample_rate=8000, num_channels=1)
    assert base64.b64decode(frame.payload) == b"\x10" * 160
    with pytest.raises(ValueError, match="audio_out_sample_rate"):
        MulawOutputFrame(b"", sample_rate=24_000, num_channels=1)


def test_a_copy_is_independent() -> None:
    frame = MulawInputFrame(PAYLOAD)
    other = copy(frame)
    other.audio = b""
    assert frame.payload is PAYLOAD


def test_what_is_not_base64_is_noticed_only_by_who_listens() -> None:
    for frame in both(NOT_BASE64):
        assert str(frame).startswith(type(frame).__name__)
        assert frame.payload is NOT_BASE64
        with pytest.raises(ValueError, match="ASCII"):
            _ = frame.audio


async def test_pushing_through_a_pipeline_decodes_nothing() -> None:
    frames: list[Frame] = [*both(NOT_BASE64)]
    received, _ = await run_test(IdentityFilter(), frames_to_send=frames)
    assert sorted(received, key=id) == sorted(frames, key=id)


def test_frames_have_names_and_ids_of_their_own() -> None:
    first, second = MulawInputFrame(PAYLOAD), MulawInputFrame(PAYLOAD)
    assert first.id != second.id
    assert first.name != second.name


def test_frames_have_everything_that_every_frame_of_pipecat_has() -> None:
    for frame in both("AAAA"):
        for name, value in vars(Frame()).items():
            if name not in ("id", "name"):
                assert getattr(frame, name) == value, name
    assert MulawInputFrame("").interruptible
    assert not MulawOutputFrame("").interruptible


def test_marks_going_out_wait_behind_the_audio_and_marks_coming_in_do_not() -> None:
    assert isinstance(OutputMarkFrame(mark="m"), DataFrame)
    assert isinstance(MarkFrame(mark="m"), SystemFrame)
    assert isinstance(
        TruncateItemFrame(item_id="item_A1", content_index=0, heard_ms=20), SystemFrame
    )


def spoken(timestamp_ms: int, byte: bytes = b"\x10") -> MulawInputFrame:
    return MulawInputFrame(base64.b64encode(byte * 160).decode(), timestamp_ms)


def test_what_was_said_without_a_break_is_gathered_into_one_frame() -> None:
    (frame,) = gathered([spoken(0, b"a"), spoken(20, b"b"), spoken(40, b"c")])
    assert isinstance(frame, MulawInputFrame)
    assert base64.b64decode(frame.payload) == b"a" * 160 + b"b" * 160 + b"c" * 160
    assert (frame.timestamp_ms, frame.duration_ms) == (0, 60.0)


def test_breaks_and_marks_stay_where_they_were() -> None:
    mark = MarkFrame(mark="0:1")
    frames = gathered([spoken(0), spoken(20), mark, spoken(40), spoken(200), spoken(220)])
    assert frames[1] is mark
    assert [getattr(frame, "duration_ms", None) for frame in frames] == [40.0, None, 20.0, 40.0]


def test_a_single_frame_is_left_as_it_is() -> None:
    alone, unknown = spoken(0), MulawInputFrame(PAYLOAD)
    assert gathered([alone]) == [alone]
    assert gathered([unknown, unknown]) == [unknown, unknown]
    assert gathered([]) == []
