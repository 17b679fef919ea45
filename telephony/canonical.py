"""Audio and marks exactly as Twilio writes them, read without a JSON parser. Pure.

What deviates by one byte is for the parser. Every byte is checked: nothing is read here that
JSON would refuse or read otherwise.
"""

import re
from typing import NamedTuple

_MEDIA = re.compile(
    r'\{"event":"media","sequenceNumber":"([0-9]{1,18})","media":\{"track":"inbound",'
    r'"chunk":"[0-9]{1,18}","timestamp":"([0-9]{1,18})","payload":"([A-Za-z0-9+/]+={0,2})"\},'
    r'"streamSid":"([A-Za-z0-9]+)"\}'
)
_MARK = re.compile(
    r'\{"event":"mark","sequenceNumber":"([0-9]{1,18})","streamSid":"([A-Za-z0-9]+)",'
    r'"mark":\{"name":"([A-Za-z0-9_:.-]+)"\}\}'
)


class CanonicalMedia(NamedTuple):
    """The fields of a `media` message."""

    stream_sid: str
    sequence_number: int
    timestamp_ms: int
    payload: str


class CanonicalMark(NamedTuple):
    """The fields of a `mark` message."""

    stream_sid: str
    sequence_number: int
    name: str


def read_canonical(text: str) -> CanonicalMedia | CanonicalMark | None:
    """The fields of audio or a mark; None for everything else."""
    if found := _MEDIA.fullmatch(text):
        number, timestamp, payload, stream_sid = found.groups()
        if len(payload) % 4:
            return None
        return CanonicalMedia(stream_sid, int(number), int(timestamp), payload)
    if found := _MARK.fullmatch(text):
        number, stream_sid, name = found.groups()
        return CanonicalMark(stream_sid, int(number), name)
    return None
