import struct
from pathlib import Path

from simulator.mulaw import SILENCE
from simulator.playout import Heard
from simulator.wav import stereo, write_wav

QUIET = bytes([SILENCE])


def chunks_of(path: Path) -> dict[bytes, bytes]:
    riff, size, wave = struct.unpack_from("<4sI4s", content := path.read_bytes())
    assert (riff, size, wave) == (b"RIFF", len(content) - 8, b"WAVE")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at < len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        chunks[name] = content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return chunks


def test_a_wav_is_stereo_mulaw_at_8000_hz(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", b"\x01\x02" * 400)
    chunks = chunks_of(tmp_path / "call.wav")
    assert struct.unpack("<HHIIHHH", chunks[b"fmt "]) == (7, 2, 8000, 16000, 2, 8, 0)
    assert struct.unpack("<I", chunks[b"fact"]) == (400,)
    assert chunks[b"data"] == b"\x01\x02" * 400


def test_a_call_of_no_length_is_still_a_wav(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", stereo([], [], 0.0))
    assert chunks_of(tmp_path / "call.wav")[b"data"] == b""


def test_the_caller_is_left_and_the_agent_right() -> None:
    audio = stereo([Heard(5.0, b"LL")], [Heard(5.0, b"RR")], 5.0)
    assert audio == b"LRLR"


def test_every_byte_lies_where_it_was_heard() -> None:
    audio = stereo([Heard(1.001, b"A"), Heard(1.002, b"B")], [], 1.0)
    assert audio[0::2] == QUIET * 8 + b"A" + QUIET * 7 + b"B"
    assert audio[1::2] == QUIET * 17


def test_the_shorter_track_ends_in_silence() -> None:
    audio = stereo([Heard(0.0, b"A")], [Heard(0.0, b"abc")], 0.0)
    assert audio == b"Aa" + QUIET + b"b" + QUIET + b"c"


def test_parts_that_overlap_by_a_hair_are_played_one_after_the_other() -> None:
    audio = stereo([], [Heard(0.0, b"abcd"), Heard(0.0004, b"ef")], 0.0)
    assert audio[1::2] == b"abcdef"
