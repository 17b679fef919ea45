"""A click in the silence, by which a moment of audio is known again behind any server.

A number in the bytes would be cheaper, but a server may decode, resample and encode what passes.
"""

import base64

import numpy as np

from simulator import mulaw

FRAME_MS = 20
FRAME_BYTES = FRAME_MS * mulaw.BYTES_PER_MS
_LOUD = 6000
"""Of 32767: half of what is sent, and far above what a resampler's filter adds around it."""


def _tone(samples: tuple[int, ...]) -> str:
    wave = np.tile(samples, FRAME_BYTES // len(samples)).astype(np.int16)
    return base64.b64encode(mulaw.encode(wave)).decode()


SILENCE = base64.b64encode(bytes([mulaw.SILENCE]) * FRAME_BYTES).decode()
PULSE = _tone((0, 12000, 0, -12000))
"""20 ms of 2 kHz, which every resampler lets pass."""

TONE = _tone((0, 8500, 12000, 8500, 0, -8500, -12000, -8500))
"""20 ms of 1 kHz, as loud as speech."""

_ODD_ENDS = 4
"""Characters at the end of constant bytes in base64 that may differ from the others."""


class PulseDetector:
    """Finds the payload with which a pulse begins."""

    def __init__(self, *, is_pcm: bool = False) -> None:
        """Listen to one stream.

        Args:
            is_pcm: whether it is 16-bit PCM, or mu-law.
        """
        self._is_pcm = is_pcm
        self._was_loud = False

    def begins(self, payload: bytes) -> bool:
        """Whether a pulse begins in this base64."""
        was_loud, self._was_loud = self._was_loud, self._is_loud(payload)
        return self._was_loud and not was_loud

    def _is_loud(self, payload: bytes) -> bool:
        # Silence is one character over and over, and nearly every payload is silence.
        if payload.count(payload[:1]) >= len(payload) - _ODD_ENDS:
            return False
        audio = base64.b64decode(payload)
        samples = np.frombuffer(audio, "<i2") if self._is_pcm else mulaw.decode(audio)
        return bool(np.abs(samples.astype(np.int32)).max(initial=0) > _LOUD)
