"""WebSocket text frames in the bytes of a socket: whole, unfragmented, uncompressed. Pure.

Everything else is left to the WebSocket library. Source: RFC 6455, section 5.2.
"""

import os
from collections.abc import Iterator
from itertools import chain
from struct import Struct

from websockets.frames import apply_mask  # pyright: ignore[reportPrivateImportUsage]  in C or Python, as there is

_TEXT = 0x81
"""A final frame with the opcode of text, and no bit of an extension."""

_MASKED = 0x80
_MASKS = 256

_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""In place of a length: how many bytes after it tell the length."""


_HEAD = Struct("!BBH")


def new_masks() -> Iterator[bytes]:
    """Masks of a client's frames: four bytes that nobody can foretell, without end.

    They are fetched many at once, for asking the system costs more than masking 20 ms of audio.
    """
    return chain.from_iterable(iter(_some_masks, None))


def _some_masks() -> list[bytes]:
    random = os.urandom(4 * _MASKS)
    return [random[at : at + 4] for at in range(0, len(random), 4)]


def read_text(data: bytes, at: int, *, masked: bool) -> tuple[bytes, int] | None:
    """The payload of the text frame at `at`, and where it ends; None if there is none whole."""
    size, bit = len(data), _MASKED if masked else 0
    if size < at + 2 or data[at] != _TEXT or data[at + 1] & _MASKED != bit:
        return None
    length, begin = data[at + 1] - bit, at + 2
    if length >= _TWO_BYTES:
        begin += 2 if length == _TWO_BYTES else 8
        length = int.from_bytes(data[at + 2 : begin], "big")
    if not masked:
        end = begin + length
        return (data[begin:end], end) if end <= size else None
    end = begin + 4 + length
    mask = data[begin : begin + 4]
    return (apply_mask(data[begin + 4 : end], mask), end) if end <= size else None


def text_frame(payload: bytes, mask: bytes = b"") -> bytes:
    """One message as a frame; masked when it comes from a client."""
    length, bit = len(payload), _MASKED if mask else 0
    if length < _TWO_BYTES:
        head = bytes((_TEXT, bit | length))
    elif length < 1 << 16:
        head = _HEAD.pack(_TEXT, bit | _TWO_BYTES, length)
    else:
        head = bytes((_TEXT, bit | _EIGHT_BYTES)) + length.to_bytes(8, "big")
    return head + mask + apply_mask(payload, mask) if mask else head + payload
