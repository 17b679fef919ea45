import pytest

from doctor.call_document import NoStream, stream_url
from telephony.twiml import connect_stream, hang_up

URL = "wss://spa.example.com/media-stream/token"


def test_our_own_document_has_a_two_way_stream() -> None:
    document = connect_stream(URL, "https://spa.example.com/voice/after", {"callSid": "CA1"})
    assert stream_url(document) == URL


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (f'<Response><Start><Stream url="{URL}"/></Start><Pause/></Response>', "one-way"),
        (hang_up(), "but Hangup"),
        ("<Response/>", "but nothing"),
        ("<html><body>Hello<br></body></html>", "12100"),
        ("", "12100"),
        ("<Response>" + " " * 70_000 + "</Response>", "12100"),
    ],
)
def test_a_document_without_one_is_told(document: str, told: str) -> None:
    with pytest.raises(NoStream, match=told):
        stream_url(document)
