import base64
import json
from typing import Any

import pytest
from loguru import logger
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    EndFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    TextFrame,
    TTSAudioRawFrame,
)

from telephony import mulaw
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    StreamStoppedFrame,
)
from telephony.media_stream import MediaStream
from telephony.serializer import MediaStreamSerializer
from tests.telephony.messages import (
    CONNECTED,
    DTMF,
    MARK,
    MEDIA,
    START,
    STOP,
    STREAM,
    changed,
    started,
)


def serializer(*messages: str) -> tuple[MediaStreamSerializer, MediaStream]:
    stream = started(*messages)
    return MediaStreamSerializer(stream, STREAM), stream


async def test_media_becomes_a_frame_with_the_very_payload() -> None:
    line, stream = serializer()
    frame = await line.deserialize(MEDIA)
    assert stream.bytes_in == 10
    assert isinstance(frame, MulawInputFrame)
    assert frame.payload == "//////7+/v7//w=="
    assert frame.duration_ms == 10 / 8


async def test_the_first_audio_is_worth_a_line_of_the_log(log_lines: list[str]) -> None:
    line, _ = serializer()
    await line.deserialize(MARK)
    assert log_lines == []
    await line.deserialize(MEDIA)
    line.read_canonical(MEDIA.encode())
    assert log_lines == ["INFO First audio from the caller"]


async def test_the_first_audio_is_logged_with_its_call() -> None:
    told: list[tuple[str, str]] = []

    def keep(message: Any) -> None:
        told.append((message.record["message"], message.record["extra"]["call_sid"]))

    sink = logger.add(keep, filter="telephony.serializer")
    line, stream = serializer()
    line.read_canonical(MEDIA.encode())
    logger.remove(sink)
    assert stream.start
    assert told == [("First audio from the caller", stream.start.call_sid)]


async def test_a_mark_and_a_stop_become_frames() -> None:
    line, _ = serializer()
    mark = await line.deserialize(MARK)
    assert isinstance(mark, MarkFrame)
    assert mark.mark == "item_A1:3"
    assert isinstance(await line.deserialize(STOP), StreamStoppedFrame)


@pytest.mark.parametrize("digit", list("0123456789*#"))
async def test_a_key_becomes_the_key_of_pipecat(digit: str) -> None:
    frame = await serializer()[0].deserialize(changed(DTMF, "dtmf", "digit", to=digit))
    assert isinstance(frame, InputDTMFFrame)
    assert frame.button is KeypadEntry(digit)


@pytest.mark.parametrize("digit", list("ABCD"))
async def test_the_keys_that_pipecat_does_not_have_are_no_frame_and_no_fault(
    digit: str, log_lines: list[str]
) -> None:
    line, stream = serializer()
    assert await line.deserialize(changed(DTMF, "dtmf", "digit", to=digit)) is None
    assert not stream.faults
    assert not log_lines


async def test_the_opening_messages_are_no_frames() -> None:
    stream = MediaStream()
    line = MediaStreamSerializer(stream, STREAM)
    assert await line.deserialize(CONNECTED) is None
    assert await line.deserialize(START) is None
    assert isinstance(await line.deserialize(MEDIA), MulawInputFrame)


async def test_each_kind_of_fault_is_survived_counted_and_logged_once(
    log_lines: list[str],
) -> None:
    line, stream = serializer()
    for message in ("hello", MEDIA.encode(), '{"event":"nope"}', "[]", '{"event":"nope"}', START):
        assert await line.deserialize(message) is None
    assert dict(stream.faults) == {"MalformedMessage": 3, "UnknownEvent": 2, "OutOfOrder": 1}
    assert log_lines == [
        "WARNING Media stream broke its protocol, survived: MalformedMessage (not JSON)",
        "WARNING Media stream broke its protocol, survived: UnknownEvent "
        "(an event that Media Streams does not have)",
        "WARNING Media stream broke its protocol, survived: OutOfOrder "
        "(start while the stream is started)",
    ]
    assert isinstance(await line.deserialize(MEDIA), MulawInputFrame)


async def test_a_fault_with_braces_in_it_is_logged(log_lines: list[str]) -> None:
    line, _ = serializer()
    await line.deserialize('{"event": "{0} {oops}"}')
    assert len(log_lines) == 1


async def test_audio_goes_out_as_it_came_from_the_model() -> None:
    line, stream = serializer()
    text = await line.serialize(MulawOutputFrame("//////7+/v7//w==", item_id="item_A1"))
    assert json.loads(str(text)) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": "//////7+/v7//w=="},
    }
    assert stream.bytes_out == 10


async def test_marks_and_interruptions_go_out_as_mark_and_clear() -> None:
    line, stream = serializer()
    assert json.loads(str(await line.serialize(OutputMarkFrame(mark="0:item_A1:1")))) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": "0:item_A1:1"},
    }
    assert json.loads(str(await line.serialize(InterruptionFrame()))) == {
        "event": "clear",
        "streamSid": STREAM,
    }
    assert stream.bytes_out == 0


async def test_audio_that_an_interruption_overtook_is_not_sent_behind_the_clear() -> None:
    line, stream = serializer()
    before, interruption, behind = (
        MulawOutputFrame("//8="),
        InterruptionFrame(),
        MulawOutputFrame("/w=="),
    )
    assert '"clear"' in str(await line.serialize(interruption))
    assert await line.serialize(before) is None
    assert '"/w=="' in str(await line.serialize(behind))
    assert stream.bytes_out == 1


@pytest.mark.parametrize("kind", [OutputAudioRawFrame, TTSAudioRawFrame])
async def test_pcm_of_a_stock_voice_at_8_khz_is_encoded(kind: type[OutputAudioRawFrame]) -> None:
    line, stream = serializer()
    pcm = mulaw.decode(bytes(range(128)))
    text = await line.serialize(kind(audio=pcm, sample_rate=8000, num_channels=1))
    payload = base64.b64decode(json.loads(str(text))["media"]["payload"])
    assert mulaw.decode(payload) == pcm
    assert stream.bytes_out == 128


@pytest.mark.parametrize(
    ("rate", "channels", "told"),
    [
        (24000, 1, r"not 24000 Hz with 1 channels"),
        (16000, 1, r"not 16000 Hz with 1 channels"),
        (8000, 2, r"not 8000 Hz with 2 channels"),
    ],
)
async def test_pcm_of_another_rate_is_refused_with_the_fix(
    rate: int, channels: int, told: str
) -> None:
    frame = OutputAudioRawFrame(audio=bytes(320), sample_rate=rate, num_channels=channels)
    with pytest.raises(ValueError, match=rf"{told}; set audio_out_sample_rate=8000$"):
        await serializer()[0].serialize(frame)


async def test_frames_that_are_not_for_the_line_are_no_messages() -> None:
    line, _ = serializer()
    for frame in (
        TextFrame("hello"),
        EndFrame(),
        BotStartedSpeakingFrame(),
        MarkFrame(mark="m"),
        OutputTransportMessageUrgentFrame(message={"type": "hello"}),
        MulawInputFrame("//8="),
    ):
        assert await line.serialize(frame) is None


async def test_who_taps_the_line_is_shown_every_message_once() -> None:
    seen: list[tuple[str, str]] = []
    stream = MediaStream(lambda way, text: seen.append((way, text)))
    for message in (CONNECTED, START):
        stream.receive(message)
    line = MediaStreamSerializer(stream, STREAM)
    assert line.read_canonical(MEDIA.encode()) is not None
    assert line.read_canonical(b"no message") is None
    assert await line.deserialize(MARK) is not None
    assert await line.deserialize(b"binary") is None
    sent = await line.serialize(OutputMarkFrame(mark="0:1"))
    assert sent is not None
    assert await line.serialize(TextFrame("no audio")) is None
    stream.closed()
    stream.hung_up()
    read = [("in", message) for message in (CONNECTED, START, MEDIA, MARK)]
    assert seen == [*read, ("out", sent), ("closed", ""), ("out", '{"event": "close"}')]
