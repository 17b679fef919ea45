"""A recording is a file that can be played, at every moment."""

import base64
import shutil
from pathlib import Path

import pytest

from calls.tape import MOST_PIECES, Tape
from calls.wav import HEAD_BYTES, wav_head


class Clock:
    now_ms = 1000.0

    def __call__(self) -> float:
        return self.now_ms


def payload(byte: int, ms: int) -> str:
    return base64.b64encode(bytes([byte]) * (8 * ms)).decode()


def sound(path: Path) -> bytes:
    """What the file holds; its head must be true."""
    data = path.read_bytes()
    assert data[:HEAD_BYTES] == wav_head(len(data) - HEAD_BYTES)
    return data[HEAD_BYTES:]


def test_what_was_said_is_written_piece_by_piece(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "folder" / "CA1.wav"
    tape = Tape("CA1", clock)
    tape.agent(payload(1, 5000))
    clock.now_ms += 20
    tape.caller(payload(2, 20), 0)
    clock.now_ms += 4000
    assert not tape.write(path)
    assert len(sound(path)) == 16 * 1020
    tape.clear()
    clock.now_ms += 1000
    tape.end()
    assert tape.write(path)
    written = sound(path)
    assert len(written) == 16 * 5020
    assert written[0::2].rstrip(b"\xff") == bytes([2]) * 160
    assert written[1::2].rstrip(b"\xff") == bytes([1]) * 8 * 4020
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_cut_off_anywhere_has_a_true_head(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "CA1.wav"
    tape = Tape("CA1", clock)
    for _ in range(3):
        tape.agent(payload(1, 1000))
        clock.now_ms += 2000
        tape.write(path)
        shutil.copy(path, tmp_path / "as-it-was.wav")
        sound(tmp_path / "as-it-was.wav")


def test_the_head_is_that_of_stereo_mulaw() -> None:
    head = wav_head(1600)
    assert head[:4] == b"RIFF"
    assert int.from_bytes(head[4:8], "little") == HEAD_BYTES - 8 + 1600
    assert [int.from_bytes(head[at : at + 2], "little") for at in (20, 22, 24, 32, 34)] == [
        7, 2, 8000, 2, 8
    ]  # fmt: skip
    assert int.from_bytes(head[46:50], "little") == 800
    assert head[50:54] == b"data"


def test_what_is_no_audio_is_left_out(tmp_path: Path) -> None:
    clock = Clock()
    tape = Tape("CA1", clock)
    tape.caller("a", 0)
    tape.agent(payload(1, 20))
    clock.now_ms += 20
    tape.end()
    assert tape.write(tmp_path / "CA1.wav")
    assert sound(tmp_path / "CA1.wav") == bytes([255, 1]) * 160


def test_while_nothing_is_written_no_memory_is_filled() -> None:
    tape = Tape("CA1", Clock())
    for _ in range(MOST_PIECES + 3):
        tape.agent("AAAA")
    assert tape.lost == 3


def test_a_place_that_is_gone_is_an_error(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "CA1.wav"
    tape = Tape("CA1", clock)
    clock.now_ms += 4000
    tape.write(path)
    path.unlink()
    clock.now_ms += 4000
    with pytest.raises(OSError, match="CA1"):
        tape.write(path)
