"""The messages of one stream, as Twilio's documentation prints them."""

import json
from typing import Any

from telephony.media_stream import MediaStream

STREAM = "MZ00000000000000000000000000000000"
CALL = "CA00000000000000000000000000000000"
ACCOUNT = "AC00000000000000000000000000000000"

CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
START = (
    '{"event":"start","sequenceNumber":"1","start":{'
    '"accountSid":"AC00000000000000000000000000000000",'
    '"streamSid":"MZ00000000000000000000000000000000",'
    '"callSid":"CA00000000000000000000000000000000","tracks":["inbound"],'
    '"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
    '"customParameters":{"token":"t0k3n","from":"+16175551212"}},'
    '"streamSid":"MZ00000000000000000000000000000000"}'
)
MEDIA = (
    '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",'
    '"timestamp":"5","payload":"//////7+/v7//w=="},'
    '"streamSid":"MZ00000000000000000000000000000000"}'
)
DTMF = (
    '{"event":"dtmf","streamSid":"MZ00000000000000000000000000000000","sequenceNumber":"57",'
    '"dtmf":{"track":"inbound_track","digit":"1"}}'
)
MARK = (
    '{"event":"mark","sequenceNumber":"81",'
    '"streamSid":"MZ00000000000000000000000000000000","mark":{"name":"item_A1:3"}}'
)
STOP = (
    '{"event":"stop","sequenceNumber":"905","stop":{'
    '"accountSid":"AC00000000000000000000000000000000",'
    '"callSid":"CA00000000000000000000000000000000"},'
    '"streamSid":"MZ00000000000000000000000000000000"}'
)


def media(number: int, payload: str) -> str:
    """A `media` message with a sequence number and a payload of its own."""
    return MEDIA.replace('"sequenceNumber":"2"', f'"sequenceNumber":"{number}"').replace(
        "//////7+/v7//w==", payload
    )


def started(*messages: str) -> MediaStream:
    """A stream that has read `connected`, `start` and these."""
    stream = MediaStream()
    for message in (CONNECTED, START, *messages):
        stream.receive(message)
    return stream


def changed(message: str, *path: str, to: Any = ...) -> str:
    """The message with one field of another value, or without it."""
    document = json.loads(message)
    place = document
    for key in path[:-1]:
        place = place[key]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(document)
