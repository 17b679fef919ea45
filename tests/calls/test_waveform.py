from calls.waveform import loudness
from telephony import mulaw


def tone(amplitude: int, samples: int) -> bytes:
    return mulaw.encode((amplitude).to_bytes(2, "little", signed=True) * samples)


def stereo(left: bytes, right: bytes) -> bytes:
    both = bytearray(2 * len(left))
    both[0::2], both[1::2] = left, right
    return bytes(both)


def test_each_side_is_as_loud_as_its_loudest_sample_whatever_its_sign() -> None:
    left = tone(0, 400) + tone(30_000, 400)
    right = tone(-30_000, 400) + tone(0, 400)
    loud_left, loud_right = loudness(stereo(left, right), 2)
    assert loud_left[0] == loud_right[1] == 0
    assert loud_left[1] == loud_right[0] > 120


def test_louder_is_more() -> None:
    levels = [10, 100, 1000, 10_000, 32_000]
    left = b"".join(tone(level, 100) for level in levels)
    loud, quiet = loudness(stereo(left, b"\xff" * 500), 5)
    assert loud == sorted(set(loud))
    assert quiet == [0] * 5


def test_a_recording_of_next_to_nothing_has_a_picture_too() -> None:
    assert loudness(b"", 500) == ([], [])
    assert loudness(b"\xff\x00\xff", 500) == ([0], [127])
