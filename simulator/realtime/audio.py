"""Audio as a session sees it: its formats, its input buffer and the voice activity in there.

Times are milliseconds of audio written since the session began, never of a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none

from simulator import mulaw

PCM_FORMAT: dict[str, Any] = {"type": "audio/pcm", "rate": 24000}
"""What a session speaks until it is told otherwise."""

_FRAME_MS = 20
_ONSET_FRAMES = 3
"""Voiced frames in a row that make speech; one alone is a click on the line."""

_LEVEL_AT_FULL_THRESHOLD = 1000
"""RMS of a 16-bit frame that is speech at threshold 1.0; 500 (-36 dBFS) at the default of 0.5."""

_PATIENCE_MS = {"high": 400, "medium": 800, "auto": 800, "low": 1600}
"""Silence that ends a turn under semantic_vad, by eagerness."""


def _rate(audio_format: dict[str, Any]) -> int:
    """Samples of PCM in a second."""
    return int(audio_format.get("rate", PCM_FORMAT["rate"]))


def bytes_per_ms(audio_format: dict[str, Any]) -> int:
    """Bytes of one millisecond in this format."""
    pcm = audio_format["type"] == "audio/pcm"
    return 2 * _rate(audio_format) // 1000 if pcm else mulaw.BYTES_PER_MS


def from_mulaw(audio: bytes, audio_format: dict[str, Any]) -> bytes:
    """Mu-law in the session's format; PCM is 16-bit little-endian."""
    if audio_format["type"] != "audio/pcm":
        return audio
    samples = soxr.resample(mulaw.decode(audio), mulaw.SAMPLE_RATE, _rate(audio_format))
    return samples.astype("<i2").tobytes()


def _level(audio: bytes, audio_format: dict[str, Any]) -> float:
    if audio_format["type"] != "audio/pcm":
        return mulaw.rms(audio)
    return mulaw.energy(np.frombuffer(audio, dtype="<i2"))


@dataclass(frozen=True)
class SpeechStarted:
    """The caller began to speak; the prefix padding is already taken off."""

    audio_start_ms: int


@dataclass(frozen=True)
class SpeechStopped:
    """The caller has been silent long enough; `audio` is the turn from its padding on."""

    audio_end_ms: int
    audio: bytes


class InputBuffer:
    """What the client appended and nobody committed yet."""

    def __init__(self) -> None:
        self._format = PCM_FORMAT
        self._detection: dict[str, Any] | None = None
        self._pending = bytearray()
        self._dropped_ms = 0.0
        self._forget_turn()

    def _forget_turn(self) -> None:
        self._scanned = 0
        self._onset: int | None = None
        self._voiced_frames = 0
        self._silent_ms = 0
        self.in_speech = False

    def configure(self, audio_format: dict[str, Any], detection: dict[str, Any] | None) -> None:
        """Take the session's settings; a change of either begins a new buffer."""
        if (audio_format, detection) != (self._format, self._detection):
            self.clear()
            self._format, self._detection = audio_format, detection

    @property
    def buffered_ms(self) -> float:
        """Length of what a commit would take."""
        return len(self._pending) / bytes_per_ms(self._format)

    @property
    def written_ms(self) -> int:
        """Length of everything ever appended."""
        return round(self._dropped_ms + self.buffered_ms)

    def take(self) -> bytes:
        """Empty the buffer for a commit."""
        audio = bytes(self._pending)
        self.clear()
        return audio

    def clear(self) -> None:
        """Throw the buffer away, and with it a turn that has begun."""
        self._drop(len(self._pending))

    def _drop(self, size: int) -> None:
        self._dropped_ms += size / bytes_per_ms(self._format)
        del self._pending[:size]
        self._forget_turn()

    def write(self, audio: bytes) -> Iterator[SpeechStarted | SpeechStopped]:
        """Append audio; gives what the voice activity detection makes of it."""
        self._pending += audio
        if self._detection is None:
            return
        frame = _FRAME_MS * bytes_per_ms(self._format)
        while len(self._pending) - self._scanned >= frame:
            sound = bytes(self._pending[self._scanned : self._scanned + frame])
            voiced = _level(sound, self._format) > self._threshold()
            self._scanned += frame
            found = self._in_turn(voiced) if self.in_speech else self._before_turn(voiced, frame)
            if found is not None:
                yield found

    def _threshold(self) -> float:
        detection = self._detection or {}
        return float(detection.get("threshold", 0.5)) * _LEVEL_AT_FULL_THRESHOLD

    def _before_turn(self, voiced: bool, frame: int) -> SpeechStarted | None:
        self._voiced_frames = self._voiced_frames + 1 if voiced else 0
        if self._voiced_frames < _ONSET_FRAMES:
            return None
        padding_ms = int((self._detection or {}).get("prefix_padding_ms", 300))
        padding = padding_ms * bytes_per_ms(self._format)
        self._onset = max(0, self._scanned - _ONSET_FRAMES * frame - padding)
        self._silent_ms = 0
        self.in_speech = True
        return SpeechStarted(self._time_of(self._onset))

    def _in_turn(self, voiced: bool) -> SpeechStopped | None:
        self._silent_ms = 0 if voiced else self._silent_ms + _FRAME_MS
        if self._silent_ms < self._patience_ms():
            return None
        stopped = SpeechStopped(
            self._time_of(self._scanned), bytes(self._pending[self._onset : self._scanned])
        )
        self._drop(self._scanned)
        return stopped

    def _patience_ms(self) -> int:
        detection = self._detection or {}
        if detection.get("type") == "semantic_vad":
            return _PATIENCE_MS[detection["eagerness"]]
        # At least one frame, or a turn would end while it begins.
        return max(_FRAME_MS, int(detection["silence_duration_ms"]))

    def _time_of(self, position: int) -> int:
        return round(self._dropped_ms + position / bytes_per_ms(self._format))
