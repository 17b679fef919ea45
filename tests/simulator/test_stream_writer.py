import pytest

from simulator.stream import Stream
from simulator.stream_writer import CONNECTED, StreamWriter

STREAM_SID = "MZ" + "0" * 32
CALL_SID = "CA" + "0" * 32
ACCOUNT_SID = "AC" + "0" * 32


@pytest.fixture
def writer() -> StreamWriter:
    parameters = {"token": "t0k3n", "from": "+16175551212"}
    return StreamWriter(Stream(STREAM_SID, CALL_SID, ACCOUNT_SID, parameters))


def test_connected_knows_neither_stream_nor_number() -> None:
    assert CONNECTED == '{"event":"connected","protocol":"Call","version":"1.0.0"}'


def test_start_is_the_documented_text(writer: StreamWriter) -> None:
    assert writer.start() == (
        '{"event":"start","sequenceNumber":"1","start":{'
        f'"accountSid":"{ACCOUNT_SID}","streamSid":"{STREAM_SID}","callSid":"{CALL_SID}",'
        '"tracks":["inbound"],'
        '"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
        '"customParameters":{"token":"t0k3n","from":"+16175551212"}},'
        f'"streamSid":"{STREAM_SID}"}}'
    )


def test_media_is_the_documented_text(writer: StreamWriter) -> None:
    writer.start()
    assert writer.media(b"\xff" * 5, 20) == (
        '{"event":"media","sequenceNumber":"2","media":{'
        '"track":"inbound","chunk":"1","timestamp":"20","payload":"//////8="},'
        f'"streamSid":"{STREAM_SID}"}}'
    )


def test_mark_dtmf_and_stop_are_the_documented_texts(writer: StreamWriter) -> None:
    assert writer.mark("item_A1:3") == (
        f'{{"event":"mark","sequenceNumber":"1","streamSid":"{STREAM_SID}",'
        '"mark":{"name":"item_A1:3"}}'
    )
    assert writer.dtmf("#") == (
        f'{{"event":"dtmf","streamSid":"{STREAM_SID}","sequenceNumber":"2",'
        '"dtmf":{"track":"inbound_track","digit":"#"}}'
    )
    assert writer.stop() == (
        '{"event":"stop","sequenceNumber":"3",'
        f'"stop":{{"accountSid":"{ACCOUNT_SID}","callSid":"{CALL_SID}"}},'
        f'"streamSid":"{STREAM_SID}"}}'
    )


def test_chunks_count_media_and_sequence_numbers_count_everything(writer: StreamWriter) -> None:
    writer.start()
    writer.media(b"\xff", 20)
    writer.mark("a")
    assert '"sequenceNumber":"4","media":{"track":"inbound","chunk":"2"' in writer.media(b"", 40)
