import base64
import json

import pytest

from simulator.stream_reader import Clear, Command, Mark, Media, MessageIgnored, read_message

SID = "MZ" + "0" * 32
OTHER = "MZ" + "1" * 32
PAYLOAD = base64.b64encode(b"\xff\x7f\x00").decode()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            f'{{"event":"media","streamSid":"{SID}","media":{{"payload":"{PAYLOAD}"}}}}',
            Media(b"\xff\x7f\x00"),
        ),
        (f'{{"event":"mark","streamSid":"{SID}","mark":{{"name":"a:1"}}}}', Mark("a:1")),
        (f'{{"event":"clear","streamSid":"{SID}"}}', Clear()),
    ],
)
def test_the_documented_messages_are_taken(text: str, command: Command) -> None:
    assert read_message(text, SID) == command


@pytest.mark.parametrize(
    "message",
    [
        {"event": "media", "streamSid": OTHER, "media": {"payload": PAYLOAD}},
        {"event": "media", "media": {"payload": PAYLOAD}},
        {"event": "media", "streamSid": SID, "media": {"payload": PAYLOAD, "track": "outbound"}},
        {"event": "media", "streamSid": SID, "media": {"payload": PAYLOAD}, "sequenceNumber": "1"},
        {"event": "media", "streamSid": SID, "media": {"payload": "a*b="}},
        {"event": "media", "streamSid": SID, "media": {"payload": "abc"}},
        {"event": "media", "streamSid": SID, "media": {"payload": "é"}},
        {"event": "media", "streamSid": SID, "media": {"payload": ""}},
        {"event": "media", "streamSid": SID, "media": {"payload": 7}},
        {"event": "media", "streamSid": SID, "media": {}},
        {"event": "media", "streamSid": SID, "media": [PAYLOAD]},
        {"event": "media", "streamSid": SID},
        {"event": "mark", "streamSid": SID, "mark": {"name": ""}},
        {"event": "mark", "streamSid": SID, "mark": {"name": 7}},
        {"event": "mark", "streamSid": SID, "mark": "a"},
        {"event": "mark", "streamSid": OTHER, "mark": {"name": "a"}},
        {"event": "clear", "streamSid": OTHER},
        {"event": "clear", "streamSid": SID, "mark": {}},
        {"event": "clear"},
        {"event": "dtmf", "streamSid": SID},
        {"event": ["media"], "streamSid": SID},
        {"streamSid": SID},
        {},
        [],
        "media",
        None,
    ],
)
def test_what_is_not_documented_is_ignored(message: object) -> None:
    with pytest.raises(MessageIgnored):
        read_message(json.dumps(message), SID)


def test_what_is_not_json_is_ignored() -> None:
    with pytest.raises(MessageIgnored, match="not JSON"):
        read_message('{"event":', SID)
