import numpy as np

from telephony import mulaw


def pcm(*samples: int) -> bytes:
    return np.array(samples, dtype="<i2").tobytes()


def test_reference_values_of_the_standard() -> None:
    known = {
        0: 0xFF,
        8: 0xFE,
        -8: 0x7E,
        1000: 0xCE,
        -1000: 0x4E,
        16000: 0x90,
        -16000: 0x10,
        32124: 0x80,
        -32124: 0x00,
    }
    for sample, code in known.items():
        assert mulaw.encode(pcm(sample)) == bytes([code]), sample


def test_codes_decode_to_the_samples_of_the_standard() -> None:
    known = {0xFF: 0, 0x7F: 0, 0xFE: 8, 0x7E: -8, 0x80: 32124, 0x00: -32124, 0xF0: 120, 0xEF: 132}
    for code, sample in known.items():
        assert mulaw.decode(bytes([code])) == pcm(sample), code


def test_silence_is_0xff_both_ways() -> None:
    assert mulaw.encode(bytes(320)) == b"\xff" * 160
    assert mulaw.decode(b"\xff" * 160) == bytes(320)


def test_every_code_survives_the_round_trip_but_minus_zero() -> None:
    codes = bytes(range(256))
    again = mulaw.encode(mulaw.decode(codes))
    assert [code for code in codes if again[code] != code] == [0x7F]
    assert again[0x7F] == 0xFF


def test_codes_of_one_sign_decode_in_order() -> None:
    positive = np.frombuffer(mulaw.decode(bytes(range(0xFF, 0x7F, -1))), dtype="<i2")
    negative = np.frombuffer(mulaw.decode(bytes(range(0x7F, -1, -1))), dtype="<i2")
    assert np.all(np.diff(positive) > 0)
    assert np.array_equal(negative, -positive)


def test_the_loudest_samples_clip() -> None:
    assert mulaw.encode(pcm(32767, -32768, 32635, -32635)) == b"\x80\x00\x80\x00"


def test_every_sample_errs_by_at_most_half_a_step() -> None:
    samples = np.arange(-32768, 32768).astype("<i2")
    again = np.frombuffer(mulaw.decode(mulaw.encode(samples.tobytes())), dtype="<i2")
    error = np.abs(again.astype(np.int32) - samples)
    loudness = np.abs(samples.astype(np.int32))
    within = loudness <= 32635
    assert np.all(error[within] <= (loudness[within] + 132) / 32)


def test_nothing_stays_nothing() -> None:
    assert mulaw.decode(b"") == b""
    assert mulaw.encode(b"") == b""


def test_a_millisecond_has_eight_bytes() -> None:
    assert mulaw.BYTES_PER_MS == 8
