from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from telephony.text_frames import new_masks, read_text, text_frame

SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]
MASK = b"\x01\x80\xff\x00"


def of_library(payload: bytes, opcode: Opcode = Opcode.TEXT, *, mask: bool = True) -> bytes:
    return Frame(opcode, payload).serialize(mask=mask)


@pytest.mark.parametrize("size", SIZES)
def test_a_masked_frame_of_the_library_is_found_and_unmasked(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    payload = payload[:size]
    data = b"before" + of_library(payload) + b"behind"
    assert read_text(data, 6, masked=True) == (payload, len(data) - 6)


@pytest.mark.parametrize("size", SIZES)
def test_a_frame_of_a_server_is_found(size: int) -> None:
    data = of_library(b"x" * size, mask=False)
    assert read_text(data, 0, masked=False) == (b"x" * size, len(data))


@pytest.mark.parametrize("size", [0, 5, 130, 65_600])
@pytest.mark.parametrize("masked", [True, False])
def test_a_frame_that_is_not_whole_is_not_found(size: int, *, masked: bool) -> None:
    data = of_library(b"x" * size, mask=masked)
    cuts = {*range(min(len(data), 40)), len(data) - 1}
    assert all(read_text(data[:cut], 0, masked=masked) is None for cut in cuts)


@pytest.mark.parametrize(
    "head",
    [
        0x01,  # the first of several fragments
        0x80,  # the last fragment
        0x82,  # binary
        0x88,  # close
        0x89,  # ping
        0x8A,  # pong
        0xC1,  # compressed
    ],
)
def test_every_other_frame_is_left_to_the_library(head: int) -> None:
    assert read_text(bytes([head]) + of_library(b"hello")[1:], 0, masked=True) is None


def test_a_frame_with_the_mask_of_the_other_side_is_left_to_the_library() -> None:
    assert read_text(of_library(b"hello", mask=False), 0, masked=True) is None
    assert read_text(of_library(b"hello", mask=True), 0, masked=False) is None


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_written_as_the_library_writes_them(size: int) -> None:
    payload = b"y" * size
    assert text_frame(payload) == of_library(payload, mask=False)
    masked = text_frame(payload, mask=MASK)
    assert read_text(masked, 0, masked=True) == (payload, len(masked))
    assert len(masked) == len(of_library(payload))


@given(st.binary(max_size=300), st.integers(0, 10), st.booleans())
def test_no_bytes_are_read_beyond_their_end(data: bytes, at: int, masked: bool) -> None:
    found = read_text(data, at, masked=masked)
    assert found is None or at + len(found[0]) < found[1] <= len(data)


def test_no_mask_is_like_another() -> None:
    masks = list(islice(new_masks(), 1000))
    assert {len(mask) for mask in masks} == {4}
    assert len(set(masks)) == len(masks)
