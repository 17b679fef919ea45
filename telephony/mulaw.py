"""G.711 mu-law and 16-bit PCM, by table; only for stages that ask for PCM.

Source: ITU-T G.711, mu-law with all bits inverted on the wire.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 8000
"""Samples, and bytes of mu-law, in a second."""

BYTES_PER_MS = SAMPLE_RATE // 1000
"""Bytes of mu-law in a millisecond."""

SILENCE = 0xFF
"""The byte of a sample without sound; 0x00 is the loudest there is."""

_BIAS = 0x84
_CLIP = 32635


@cache
def _decoded() -> NDArray[np.int16]:
    """The PCM sample of each of the 256 mu-law bytes."""
    code: NDArray[Any] = ~np.arange(256, dtype=np.uint8)
    exponent = ((code >> 4) & 7).astype(np.int32)
    mantissa = (code & 0x0F).astype(np.int32)
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def _encoded() -> NDArray[np.uint8]:
    """The mu-law byte of each PCM sample, at the sample's bits as an unsigned index."""
    sample: NDArray[Any] = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


def decode(mulaw: bytes) -> bytes:
    """Mu-law bytes as 16-bit little-endian PCM at the same rate."""
    return _decoded()[np.frombuffer(mulaw, dtype=np.uint8)].astype("<i2").tobytes()


def encode(pcm: bytes) -> bytes:
    """16-bit little-endian PCM as mu-law bytes at the same rate."""
    return _encoded()[np.frombuffer(pcm, dtype="<i2").view(np.uint16)].tobytes()
