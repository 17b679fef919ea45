"""Real synthesized speech in mu-law, from the espeak-ng library that a pip package carries."""

import ctypes
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import espeakng_loader  # pyright: ignore[reportMissingTypeStubs]  # it has none
import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none
from numpy.typing import NDArray

from simulator import mulaw

_AUDIBLE = 100
"""A 16-bit sample below this is silence at either end of an utterance."""

# Numbers of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_BY_CHARACTER = 1
_UTF8 = 1
_RATE = 1
_PITCH = 3

_ONE_AT_A_TIME = threading.Lock()
"""The C library has one state for the whole process."""


@dataclass(frozen=True)
class Voice:
    """Who speaks: an espeak-ng voice name, a pitch from 0 to 100 and a pace."""

    name: str
    pitch: int = 50
    words_per_minute: int = 165

    def speak(self, text: str, *, pace: float = 1.0) -> bytes:
        """The text in this voice, as mu-law; `pace` 1.5 is half as fast again."""
        return speak(
            text,
            voice=self.name,
            pitch=self.pitch,
            words_per_minute=round(self.words_per_minute * pace),
        )


AGENT = Voice("en-us+f3", pitch=55, words_per_minute=200)
"""The receptionist."""

CALLER = Voice("en-us+m3", pitch=35, words_per_minute=180)
"""The person who calls."""


@lru_cache(maxsize=512)
def speak(
    text: str, *, voice: str = "en-us", pitch: int = 50, words_per_minute: int = 165
) -> bytes:
    """Synthesize text; blocks for some milliseconds, and may be called from any thread.

    Args:
        text: What to say; text without anything to say gives no audio.
        voice: A voice name of espeak-ng, with or without a variant (`en-us+f3`).
        pitch: 0 to 100.
        words_per_minute: 80 to 450.

    Returns:
        Mu-law at 8 kHz, mono, without silence at its ends. The bytes are the same while the text
        is cached; spoken anew, the voice flutters a little differently.

    Raises:
        ValueError: espeak-ng has no such voice.
    """
    with _ONE_AT_A_TIME:
        engine = _engine()
        samples = engine.synthesize(text, voice, pitch, words_per_minute)
    if not len(samples):
        return b""
    return mulaw.encode(_trimmed(soxr.resample(samples, engine.rate, mulaw.SAMPLE_RATE)))


def _trimmed(samples: NDArray[Any]) -> NDArray[np.int16]:
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) >= _AUDIBLE)
    if not len(audible):
        return np.empty(0, dtype=np.int16)
    return samples[audible[0] : audible[-1] + 1]


class _Engine:
    """espeak-ng, initialised; not thread-safe."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng did not start")
        self._chunks: list[bytes] = []
        signature = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        # Kept here: ctypes would let the garbage collector take it while C still calls it.
        self._callback = signature(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count:
            self._chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    def synthesize(self, text: str, voice: str, pitch: int, rate: int) -> NDArray[np.int16]:
        """Samples at `self.rate`."""
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(_RATE, rate, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._chunks.clear()
        spoken = text.encode() + b"\0"
        status = self._library.espeak_Synth(
            spoken, ctypes.c_size_t(len(spoken)), 0, _BY_CHARACTER, 0, _UTF8, None, None
        )
        if status:
            raise RuntimeError(f"espeak-ng could not speak: {status}")
        return np.frombuffer(b"".join(self._chunks), dtype=np.int16)


@cache
def _engine() -> _Engine:
    return _Engine()
