"""G.711 mu-law at 8 kHz, read from the standard's formula and not from the product's tables."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 8000
"""Samples in a second, each of them one byte."""

BYTES_PER_MS = SAMPLE_RATE // 1000
"""Bytes in a millisecond."""

SILENCE = 0xFF
"""The byte of a zero sample; a zero byte would be the loudest negative one."""

_BIAS = 132
_LOUDEST = 32635
_SEGMENTS = (256, 512, 1024, 2048, 4096, 8192, 16384)
"""Where each next segment of the curve begins, bias included."""


@cache
def _samples() -> NDArray[np.int16]:
    """The sample of each byte."""
    samples: list[int] = []
    for byte in range(256):
        flipped = byte ^ 0xFF
        segment, step = (flipped >> 4) & 7, flipped & 15
        size = ((2 * step + 33) << (segment + 2)) - _BIAS
        samples.append(-size if flipped & 0x80 else size)
    return np.array(samples, dtype=np.int16)


@cache
def _bytes() -> NDArray[np.uint8]:
    """The byte of each sample from -32768 to 32767."""
    sample = np.arange(-32768, 32768, dtype=np.int32)
    size = np.minimum(np.abs(sample), _LOUDEST) + _BIAS
    segment = np.searchsorted(np.array(_SEGMENTS), size, side="right")
    step = (size >> (segment + 3)) & 15
    sign = np.where(sample < 0, 0x80, 0)
    return ((sign | (segment << 4) | step) ^ 0xFF).astype(np.uint8)


def encode(samples: NDArray[np.int16]) -> bytes:
    """16-bit samples as mu-law bytes."""
    return _bytes()[samples.astype(np.int32) + 32768].tobytes()


def decode(audio: bytes) -> NDArray[np.int16]:
    """Mu-law bytes as 16-bit samples."""
    return _samples()[np.frombuffer(audio, dtype=np.uint8)]


def rms(audio: bytes) -> float:
    """Root mean square of mu-law audio, 0 to 32124; 0 for no audio."""
    return energy(decode(audio))


def energy(samples: NDArray[np.int16]) -> float:
    """Root mean square of 16-bit samples; 0 for none."""
    if not len(samples):
        return 0.0
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def duration_ms(audio: bytes) -> float:
    """How long mu-law audio plays, in milliseconds."""
    return len(audio) / BYTES_PER_MS
