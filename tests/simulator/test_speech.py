import asyncio

import numpy as np
import pytest

from simulator import mulaw
from simulator.speech import AGENT, CALLER, Voice, speak

SENTENCE = "Thank you for calling Serenity Spa. How can I help you today?"


def test_a_sentence_lasts_as_long_as_a_person_needs() -> None:
    assert 2500 < mulaw.duration_ms(speak(SENTENCE)) < 6000


def test_speech_is_neither_faint_nor_clipped() -> None:
    for voice in (AGENT, CALLER):
        audio = voice.speak(SENTENCE)
        assert 1000 < mulaw.rms(audio) < 8000
        assert np.max(np.abs(mulaw.decode(audio).astype(np.int32))) < 32124


def test_no_silence_at_either_end() -> None:
    audio = speak(SENTENCE)
    assert mulaw.rms(audio[:160]) > 50
    assert mulaw.rms(audio[-160:]) > 50


def test_a_sentence_has_the_band_of_a_voice() -> None:
    samples = mulaw.decode(speak(SENTENCE)).astype(np.float64)
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / mulaw.SAMPLE_RATE)
    assert power[(hertz > 80) & (hertz < 3400)].sum() > 0.95 * power.sum()


def test_agent_and_caller_sound_different() -> None:
    assert AGENT.speak(SENTENCE) != CALLER.speak(SENTENCE)


def test_a_faster_pace_is_shorter() -> None:
    assert len(AGENT.speak(SENTENCE, pace=1.5)) < 0.8 * len(AGENT.speak(SENTENCE))


def test_the_same_words_are_synthesized_once() -> None:
    assert speak(SENTENCE) is speak(SENTENCE)


def test_nothing_to_say_is_no_audio() -> None:
    assert speak("") == b""


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(ValueError, match="no voice"):
        Voice("klingon-opera").speak("nuqneH")


async def test_many_threads_speak_at_once() -> None:
    speak.cache_clear()
    words = [f"Number {n}" for n in range(20)]
    together = await asyncio.gather(*(asyncio.to_thread(speak, word) for word in words))
    speak.cache_clear()
    for audio, word in zip(together, words, strict=True):
        assert abs(len(audio) - len(speak(word))) < 400
