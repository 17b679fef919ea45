import json
import os
from pathlib import Path
from typing import Any

import pytest

from calls.capture import MOST_KEPT, Capture, kept, sounding
from calls.captures import DAY_SECS, Captures, delete_captures

MEDIA = {"event": "media", "media": {"payload": "////////"}, "streamSid": "MZ1"}


def captures(folder: Path, **changes: Any) -> Captures:
    facts: dict[str, Any] = {"are_wanted": True, "audio": False, "days": 30}
    return Captures(folder, {"settings": {}}, **(facts | changes))


def written(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        path.name: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in folder.glob("*")
    }


async def test_a_call_is_written_behind_it_under_its_name(tmp_path: Path) -> None:
    house = captures(tmp_path)
    capture = house.begin()
    assert capture is not None
    capture.model()("out", '{"type":"session.update","session":{"instructions":"secret"}}')
    await house.write()
    assert written(tmp_path) == {}
    capture.name("CA1")
    capture.line()("in", json.dumps(MEDIA))
    await house.write()
    capture.line()("closed", "")
    capture.end()
    await house.write()
    await house.write()
    head, *rows = written(tmp_path)["CA1.jsonl"]
    assert (head["call_sid"], head["audio"], head["settings"]) == ("CA1", False, {})
    assert [(row["wire"], row["way"]) for row in rows] == [
        ("model 1", "out"),
        ("line", "in"),
        ("line", "closed"),
    ]
    assert rows[0]["message"]["session"]["instructions"] == "(not kept)"
    assert rows[1]["message"]["media"]["payload"] == "6 bytes"
    assert (tmp_path / "CA1.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["", "../CA1", "a/b", "x" * 65])
async def test_who_was_not_picked_up_or_has_no_name_is_not_written(
    name: str, tmp_path: Path
) -> None:
    house = captures(tmp_path)
    capture = house.begin()
    assert capture is not None
    capture.name(name)
    capture.end()
    await house.write()
    assert written(tmp_path) == {}


async def test_where_it_is_not_wanted_nothing_is_captured(tmp_path: Path) -> None:
    assert captures(tmp_path, are_wanted=False).begin() is None


async def test_what_has_no_room_is_counted(tmp_path: Path) -> None:
    capture = Capture({}, audio=False)
    tap = capture.line()
    for _ in range(MOST_KEPT + 3):
        tap("in", "{}")
    capture.name("CA1")
    capture.end()
    assert capture.write(tmp_path / "CA1.jsonl")
    rows = written(tmp_path)["CA1.jsonl"]
    assert (len(rows), rows[-1]) == (MOST_KEPT + 2, {"lost": 3})


async def test_a_folder_that_cannot_be_written_ends_the_capture_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    house = captures(tmp_path / "file")
    capture = house.begin()
    assert capture is not None
    capture.name("CA1")
    await house.write()
    assert not (tmp_path / "file").is_dir()


async def test_captures_go_when_their_time_is_over_or_their_call_is_forgotten(
    tmp_path: Path,
) -> None:
    for name in ("CA1", "CA2", "CA3"):
        (tmp_path / f"{name}.jsonl").touch()
    old = (tmp_path / "CA1.jsonl").stat().st_mtime - 31 * DAY_SECS
    os.utime(tmp_path / "CA1.jsonl", (old, old))
    await captures(tmp_path, days=0).let_go()
    assert len(written(tmp_path)) == 3
    house = captures(tmp_path)
    await house.let_go()
    delete_captures(tmp_path, ["CA2", "CA9"])
    assert set(written(tmp_path)) == {"CA3.jsonl"}


@pytest.mark.parametrize("text", ["no JSON", "[1]", '"text"'])
def test_what_is_no_message_is_kept_as_it_came(text: str) -> None:
    assert kept(text, audio=False) == {"unreadable": text}


def test_sound_that_was_not_kept_is_silence_of_the_same_length() -> None:
    silent = sounding(kept(json.dumps(MEDIA), audio=False))
    assert silent == MEDIA
    whole = {"type": "response.output_audio.delta", "delta": "AAAA"}
    assert sounding(kept(json.dumps(whole), audio=True)) == whole
    assert sounding({"event": "media", "media": 3}) == {"event": "media", "media": 3}
