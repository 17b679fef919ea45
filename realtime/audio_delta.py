"""The model's audio deltas and our appends as text. Pure."""

import re

from telephony.canonical import BASE64
from telephony.frames import MulawOutputFrame
from telephony.mulaw import SAMPLE_RATE

_NUMBER = "(?:0|[1-9][0-9]{0,3})"
_DELTA = re.compile(
    r'\{"type":"response\.output_audio\.delta","event_id":"[A-Za-z0-9_-]+",'
    r'"response_id":"([A-Za-z0-9_-]+)","item_id":"([A-Za-z0-9_-]+)",'
    rf'"output_index":{_NUMBER},"content_index":({_NUMBER}),'
    rf'"delta":"({BASE64})"\}}'
)


def read_delta(text: str) -> MulawOutputFrame | None:
    """A delta exactly as the model writes it; None for whatever deviates by one byte."""
    found = _DELTA.fullmatch(text)
    if found is None:
        return None
    response_id, item_id, content_index, payload = found.groups()
    if len(payload) % 4:
        return None
    # By place: keywords would be a dictionary for each of them.
    return MulawOutputFrame(payload, SAMPLE_RATE, 1, item_id, int(content_index), response_id)


def append_event(payload: str) -> str:
    """The event that gives the model some audio, in base64."""
    return f'{{"type":"input_audio_buffer.append","audio":"{payload}"}}'
