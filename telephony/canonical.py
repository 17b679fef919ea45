"""Audio and marks exactly as Twilio writes them, read without a JSON parser. Pure.

What deviates by one byte is for the parser. Every byte is checked: nothing is read here that
JSON would refuse or read otherwise.
"""

import re
from typing import NamedTuple

BASE64 = "[A-Za-z0-9+/]+={0,2}"
"""Of a whole number of bytes if its length is a multiple of four."""

_PAYLOAD = re.compile(BASE64)
_MEDIA = re.compile(
    r'\{"event":"media","sequenceNumber":"([0-9]{1,18})","media":\{"track":"inbound",'
    r'"chunk":"[0-9]{1,18}","timestamp":"([0-9]{1,18})","payload":"(' + BASE64 + r')"\},'
    r'"streamSid":"([A-Za-z0-9]+)"\}'
)
_MARK = re.compile(
    r'\{"event":"mark","sequenceNumber":"([0-9]{1,18})","streamSid":"([A-Za-z0-9]+)",'
    r'"mark":\{"name":"([A-Za-z0-9_:.-]+)"\}\}'
)


class Media(NamedTuple):
    """Some audio of the caller: base64 of mu-law at 8000 Hz, `timestamp_ms` since the start."""

    payload: str
    timestamp_ms: int


class Mark(NamedTuple):
    """All audio sent before the mark of this name has been played, or was cleared."""

    name: str


def is_base64(payload: str) -> bool:
    """Whether a payload is what it should be: it goes into the model's events as it is.

    With a quotation mark it could end one there, and go on as another.
    """
    return len(payload) % 4 == 0 and _PAYLOAD.fullmatch(payload) is not None


def read_canonical(text: str) -> tuple[str, int, Media | Mark] | None:
    """The stream's sid, the number and the rest of audio or a mark; None for everything else."""
    if found := _MEDIA.fullmatch(text):
        number, timestamp, payload, stream_sid = found.groups()
        if len(payload) % 4:
            return None
        # Without the call of a function that a NamedTuple's own constructor is.
        return stream_sid, int(number), tuple.__new__(Media, (payload, int(timestamp)))
    if found := _MARK.fullmatch(text):
        number, stream_sid, name = found.groups()
        return stream_sid, int(number), Mark(name)
    return None
