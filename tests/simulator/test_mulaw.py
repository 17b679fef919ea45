import numpy as np

from simulator import mulaw


def test_zero_is_the_silence_byte() -> None:
    assert mulaw.encode(np.array([0], dtype=np.int16)) == bytes([mulaw.SILENCE])
    assert mulaw.decode(bytes([mulaw.SILENCE]))[0] == 0


def test_known_values_of_the_standard() -> None:
    known = {32124: 0x80, -32124: 0x00, 8: 0xFE, -8: 0x7E, 1000: 0xCE, -1000: 0x4E}
    for sample, byte in known.items():
        assert mulaw.encode(np.array([sample], dtype=np.int16)) == bytes([byte])


def test_the_extremes_clip() -> None:
    assert mulaw.encode(np.array([32767, -32768], dtype=np.int16)) == b"\x80\x00"


def test_every_byte_survives_the_round_trip() -> None:
    audio = bytes(range(256))
    again = mulaw.encode(mulaw.decode(audio))
    assert [b for b in audio if again[b] != b] == [0x7F]  # minus zero, the same sample


def test_the_round_trip_errs_by_less_than_a_step() -> None:
    samples = np.arange(-32124, 32125, dtype=np.int16)
    again = mulaw.decode(mulaw.encode(samples)).astype(np.int32)
    error = np.abs(again - samples)
    assert np.all(error <= (np.abs(samples.astype(np.int32)) + 132) / 32)


def test_energy_of_silence_is_zero_and_of_the_loudest_is_the_loudest() -> None:
    assert mulaw.rms(bytes([mulaw.SILENCE]) * 160) == 0
    assert mulaw.rms(b"\x80\x00" * 80) == 32124
    assert mulaw.rms(b"") == 0


def test_eight_bytes_are_a_millisecond() -> None:
    assert mulaw.duration_ms(bytes(160)) == 20
