"""WebSocket text frames in the bytes of a socket: whole, unfragmented, uncompressed. Pure.

Everything else is left to the WebSocket library. Source: RFC 6455, section 5.2.
"""

from websockets.frames import apply_mask  # pyright: ignore[reportPrivateImportUsage]  in C or Python, as there is

_TEXT = 0x81
"""A final frame with the opcode of text, and no bit of an extension."""

_MASKED = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""In place of a length: how many bytes after it tell the length."""


def find_text(data: bytes, at: int, *, masked: bool) -> tuple[int, int] | None:
    """Where the payload begins and ends of the text frame at `at`; None if there is none whole."""
    if len(data) < at + 2 or data[at] != _TEXT or (data[at + 1] >= _MASKED) is not masked:
        return None
    length, begin = data[at + 1] & ~_MASKED, at + 2
    if length >= _TWO_BYTES:
        begin += 2 if length == _TWO_BYTES else 8
        length = int.from_bytes(data[at + 2 : begin], "big")
    if masked:
        begin += 4
    return (begin, begin + length) if begin + length <= len(data) else None


def unmasked(data: bytes, begin: int, end: int) -> bytes:
    """The payload of a masked frame; the mask stands right before it."""
    return apply_mask(data[begin:end], data[begin - 4 : begin])


def text_frame(payload: bytes, mask: bytes = b"") -> bytes:
    """One message as a frame; masked when it comes from a client."""
    length, bit = len(payload), _MASKED if mask else 0
    if length < _TWO_BYTES:
        head = bytes((_TEXT, bit | length))
    elif length < 1 << 16:
        head = bytes((_TEXT, bit | _TWO_BYTES)) + length.to_bytes(2, "big")
    else:
        head = bytes((_TEXT, bit | _EIGHT_BYTES)) + length.to_bytes(8, "big")
    return head + mask + apply_mask(payload, mask) if mask else head + payload
