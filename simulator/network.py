"""What becomes of the caller's frames on their way to the server. Pure: moments are passed in.

Moments are milliseconds since the stream began.
"""

from dataclasses import dataclass, field

import numpy as np

from simulator import mulaw


@dataclass(frozen=True)
class Frame:
    """20 ms of the caller's audio.

    Attributes:
        timestamp_ms: when it was spoken.
        mulaw: the bytes.
    """

    timestamp_ms: int
    mulaw: bytes


@dataclass
class Network:
    """Passes frames on at once, until it is told to do worse."""

    _lost_ms: range = range(0)
    _held_until_ms: int = 0
    _held: list[Frame] = field(default_factory=list[Frame])

    def lose(self, now_ms: int, for_ms: int) -> None:
        """Lose what is spoken from now on; the timestamps behind the gap have jumped."""
        self._lost_ms = range(now_ms, now_ms + for_ms)

    def hold(self, now_ms: int, for_ms: int) -> None:
        """Keep what is spoken from now on, to deliver it in one burst."""
        self._held_until_ms = now_ms + for_ms

    def carry(self, frame: Frame) -> list[Frame]:
        """The frames that arrive when this one was spoken, in order."""
        if frame.timestamp_ms not in self._lost_ms:
            self._held.append(frame)
        if frame.timestamp_ms < self._held_until_ms:
            return []
        arrived, self._held = self._held, []
        return arrived


def hiss(samples: int, loudness: float, seed: int) -> bytes:
    """Noise of a line, as mu-law; `loudness` is a root mean square of 16 bits."""
    noise = np.random.default_rng(seed).normal(0.0, loudness, samples)
    return mulaw.encode(noise.astype(np.int16))
