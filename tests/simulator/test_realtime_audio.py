from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from simulator import mulaw
from simulator.realtime.audio import (
    PCM_FORMAT,
    InputBuffer,
    SpeechStarted,
    SpeechStopped,
    bytes_per_ms,
    from_mulaw,
)
from simulator.speech import CALLER
from tests.simulator.realtime_client import MULAW, silence, utterance

SERVER_VAD: dict[str, Any] = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 400,
}

# Spoken anew it is a little longer or shorter; here it has whole milliseconds.
SPOKEN = CALLER.speak("Hello")
SPEECH_MS = len(SPOKEN) // mulaw.BYTES_PER_MS
SPEECH = SPOKEN[: SPEECH_MS * mulaw.BYTES_PER_MS]


def heard(
    audio: bytes, detection: dict[str, Any] | None = None, piece: int = 160
) -> list[SpeechStarted | SpeechStopped]:
    buffer = InputBuffer()
    buffer.configure(MULAW, detection or SERVER_VAD)

    def write() -> Iterator[SpeechStarted | SpeechStopped]:
        for start in range(0, len(audio), piece):
            yield from buffer.write(audio[start : start + piece])

    return list(write())


def test_a_turn_is_found_in_buffer_time() -> None:
    started, stopped = heard(silence(1000) + SPEECH + silence(1000))
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert 600 <= started.audio_start_ms <= 900
    assert abs(stopped.audio_end_ms - (1000 + SPEECH_MS + 400)) < 200
    assert len(stopped.audio) == 8 * (stopped.audio_end_ms - started.audio_start_ms)


@pytest.mark.parametrize("piece", [1, 33, 160, 5000, 1_000_000])
def test_the_size_of_the_pieces_does_not_matter(piece: int) -> None:
    audio = utterance("Hello", after=700) * 2
    assert heard(audio, piece=piece) == heard(audio)
    assert len(heard(audio)) == 4


def test_a_turn_does_not_end_while_no_audio_comes() -> None:
    assert len(heard(silence(500) + SPEECH)) == 1


def test_the_padding_does_not_reach_before_the_beginning() -> None:
    assert heard(SPEECH)[0] == SpeechStarted(0)


def test_silence_and_a_click_are_no_speech() -> None:
    click = b"\x00" * 160
    assert heard(silence(500) + click + silence(500)) == []


def test_zero_bytes_are_the_loudest_noise_not_silence() -> None:
    assert len(heard(bytes(8000))) == 1


def test_a_higher_threshold_needs_a_louder_voice() -> None:
    quiet = mulaw.encode((mulaw.decode(SPEECH) // 12).astype(np.int16))
    audio = silence(500) + quiet + silence(1000)
    assert heard(audio, {**SERVER_VAD, "threshold": 0.9}) == []
    assert heard(audio, {**SERVER_VAD, "threshold": 0.05}) != []


def test_eagerness_chooses_the_patience() -> None:
    audio = silence(500) + SPEECH + silence(2000)
    ends = [
        heard(audio, {"type": "semantic_vad", "eagerness": eagerness})[-1]
        for eagerness in ("high", "auto", "low")
    ]
    times = [end.audio_end_ms for end in ends if isinstance(end, SpeechStopped)]
    assert [times[1] - times[0], times[2] - times[1]] == [400, 800]


def test_no_silence_at_all_still_needs_a_frame() -> None:
    found = heard(silence(100) + SPEECH + silence(100), {**SERVER_VAD, "silence_duration_ms": 0})
    assert [type(event) for event in found[:2]] == [SpeechStarted, SpeechStopped]


def test_without_detection_audio_only_collects() -> None:
    buffer = InputBuffer()
    buffer.configure(MULAW, None)
    assert list(buffer.write(SPEECH)) == []
    assert buffer.written_ms == round(SPEECH_MS)
    assert buffer.take() == SPEECH
    assert buffer.buffered_ms == 0
    assert buffer.written_ms == round(SPEECH_MS)


def test_clearing_resets_a_turn_but_not_the_time() -> None:
    buffer = InputBuffer()
    buffer.configure(MULAW, SERVER_VAD)
    assert len(list(buffer.write(SPEECH))) == 1
    buffer.clear()
    assert not buffer.in_speech
    found = list(buffer.write(silence(500) + SPEECH))
    assert isinstance(found[0], SpeechStarted)
    assert found[0].audio_start_ms > SPEECH_MS


def test_pcm_is_heard_too() -> None:
    buffer = InputBuffer()
    buffer.configure(PCM_FORMAT, SERVER_VAD)
    audio = from_mulaw(utterance("Hello"), PCM_FORMAT)
    found = list(buffer.write(audio))
    assert [type(event) for event in found] == [SpeechStarted, SpeechStopped]
    assert buffer.written_ms == round(len(audio) / 48)


def test_pcm_has_six_times_the_bytes_of_mulaw() -> None:
    assert bytes_per_ms(PCM_FORMAT) == 6 * bytes_per_ms(MULAW)
    assert len(from_mulaw(SPEECH, PCM_FORMAT)) == 6 * len(SPEECH)
    assert from_mulaw(SPEECH, MULAW) is SPEECH
