"""The head of a WAV file with mu-law in two channels at 8 kHz. Pure.

Source: RIFF's WAVE form with format tag 7, whose `fmt ` has an extension and which needs `fact`.
"""

import struct

SAMPLE_RATE = 8000
CHANNELS = 2
MULAW = 7

_LAYOUT = "<4sI4s 4sIHHIIHHH 4sII 4sI"

HEAD_BYTES = struct.calcsize(_LAYOUT)


def wav_head(sound_bytes: int) -> bytes:
    """What comes before so many bytes of sound, one left, one right."""
    return struct.pack(
        _LAYOUT,
        *(b"RIFF", HEAD_BYTES - 8 + sound_bytes, b"WAVE"),
        *(b"fmt ", 18, MULAW, CHANNELS, SAMPLE_RATE, SAMPLE_RATE * CHANNELS, CHANNELS, 8, 0),
        *(b"fact", 4, sound_bytes // CHANNELS),
        *(b"data", sound_bytes),
    )
