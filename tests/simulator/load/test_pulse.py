import base64

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none

from simulator import mulaw
from simulator.load.pulse import PULSE, SILENCE, PulseDetector

HISS = base64.b64encode(
    mulaw.encode(np.random.default_rng(1).normal(0, 200, 160).astype(np.int16))
).decode()


def _found(payloads: list[str], *, is_pcm: bool = False) -> list[bool]:
    detector = PulseDetector(is_pcm=is_pcm)
    return [detector.begins(payload.encode()) for payload in payloads]


def test_a_pulse_is_found_once_where_it_begins() -> None:
    assert _found([SILENCE, PULSE, PULSE, SILENCE, PULSE, HISS]) == [
        False, True, False, False, True, False,
    ]  # fmt: skip


def test_a_pulse_is_known_again_behind_a_resampler() -> None:
    stream = [SILENCE] * 5 + [PULSE] + [SILENCE] * 20 + [PULSE] + [SILENCE] * 30
    resampler = soxr.ResampleStream(8000, 24000, 1, dtype="int16")
    pieces = [
        resampler.resample_chunk(mulaw.decode(base64.b64decode(payload))) for payload in stream
    ]
    payloads = [base64.b64encode(piece.astype("<i2").tobytes()).decode() for piece in pieces]
    assert sum(_found(payloads, is_pcm=True)) == 2


def test_nothing_is_no_pulse() -> None:
    assert _found(["", "//8="], is_pcm=True) == [False, False]
