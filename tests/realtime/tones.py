"""A tone, and what tone it is that is heard."""

import numpy as np

TONE_HZ = 440


def tone(rate: int, secs: float, loudness: int = 8000) -> bytes:
    """16-bit PCM."""
    wave = np.sin(np.arange(int(rate * secs)) * 2 * np.pi * TONE_HZ / rate) * loudness
    return wave.astype("<i2").tobytes()


def pitch_hz(pcm: bytes, rate: int) -> float:
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def loudness(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(pcm, dtype="<i2").astype(np.float64) ** 2)))
