"""A stereo WAV of a call, in mu-law as it was on the line."""

import struct
from collections.abc import Iterable
from pathlib import Path

from simulator.mulaw import SILENCE
from simulator.playout import BYTES_PER_SEC, Heard

MULAW_FORMAT = 7
CHANNELS = 2


def stereo(left: Iterable[Heard], right: Iterable[Heard], begins_secs: float) -> bytes:
    """Two tracks, each byte where it was heard, as interleaved mu-law.

    Args:
        left: of the caller.
        right: of the agent.
        begins_secs: the moment of the first sample.
    """
    tracks = [_track(left, begins_secs), _track(right, begins_secs)]
    length = max(len(track) for track in tracks)
    interleaved = bytearray(length * CHANNELS)
    for channel, track in enumerate(tracks):
        interleaved[channel::CHANNELS] = track.ljust(length, bytes([SILENCE]))
    return bytes(interleaved)


def write_wav(path: Path, interleaved: bytes) -> None:
    """Write stereo mu-law at 8000 Hz."""
    byte_rate = BYTES_PER_SEC * CHANNELS
    layout = struct.pack(
        "<HHIIHHH", MULAW_FORMAT, CHANNELS, BYTES_PER_SEC, byte_rate, CHANNELS, 8, 0
    )
    fact = struct.pack("<I", len(interleaved) // CHANNELS)
    chunks = (
        b"WAVE" + _chunk(b"fmt ", layout) + _chunk(b"fact", fact) + _chunk(b"data", interleaved)
    )
    path.write_bytes(_chunk(b"RIFF", chunks))


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _track(segments: Iterable[Heard], begins_secs: float) -> bytes:
    track = bytearray()
    for segment in segments:
        at = max(round((segment.at_secs - begins_secs) * BYTES_PER_SEC), len(track))
        track.extend(bytes([SILENCE]) * (at - len(track)))
        track.extend(segment.mulaw)
    return bytes(track)
