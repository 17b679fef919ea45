"""Captured calls against today's code. A capture that is put into `captures/` is a test."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from tests.e2e.product import ACCOUNT, CALLER, SESSION_SECRET, SPA_FILE, spa_file
from tests.replay.short_call import captured_call

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.jsonl"))
SHORT = CAPTURES[0]

Row = dict[str, Any]


def replay(path: Path, spa: Path = SPA_FILE) -> tuple[int, str]:
    """Exit code and output of the command."""
    result = CliRunner().invoke(app, ["replay", str(path), "--spa-file", str(spa)])
    return result.exit_code, result.output


def altered(path: Path, change: Callable[[list[Row]], None]) -> Path:
    """The short call, but for something."""
    rows = [json.loads(line) for line in SHORT.read_text(encoding="utf-8").splitlines()]
    change(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def of(rows: list[Row], kind: str, way: str = "out") -> list[Row]:
    return [
        row
        for row in rows
        if row.get("way") == way
        and kind in (row["message"].get("type"), row["message"].get("event"))
    ]


@pytest.mark.parametrize("path", CAPTURES, ids=[path.stem for path in CAPTURES])
def test_what_we_send_in_a_captured_call_is_still_the_same(path: Path) -> None:
    code, told = replay(path)
    assert code == 0, told
    assert "Nothing differs" in told


def test_a_truncation_at_another_place_is_told(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        of(rows, "conversation.item.truncate")[0]["message"]["audio_end_ms"] += 300

    code, told = replay(altered(tmp_path / "call.jsonl", change))
    assert code == 1
    lines = [line for line in told.splitlines() if "conversation.item.truncate" in line]
    assert [line[0] for line in lines] == ["-", "+"]


def test_what_was_never_sent_before_and_what_is_not_any_more_are_told(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows.remove(of(rows, "clear")[0])
        of(rows, "mark")[-1]["message"]["mark"]["name"] = "another"

    code, told = replay(altered(tmp_path / "call.jsonl", change))
    assert code == 1
    changed = [line for line in told.splitlines() if line[:1] in "+-" and line[1] == "{"]
    assert sum('"clear"' in line for line in changed) == 1
    assert sum('"another"' in line and line[0] == "-" for line in changed) == 1


def test_a_caller_of_whom_less_is_heard_is_told(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        for row in of(rows, "input_audio_buffer.append")[:60]:
            rows.remove(row)

    code, told = replay(altered(tmp_path / "call.jsonl", change))
    assert code == 1
    assert "the model heard" in told


def test_a_model_that_is_lost_is_lost_again(tmp_path: Path) -> None:
    """The capture has no second connection, so a person is next; what is new is one mark."""

    def change(rows: list[Row]) -> None:
        lost = of(rows, "response.done", "in")[0]
        at = rows.index(lost)
        rows[at:] = [lost | {"way": "closed", "message": {}}]

    _, told = replay(altered(tmp_path / "call.jsonl", change))
    new = [json.loads(line[1:]) for line in told.splitlines() if line.startswith("+{")]
    assert [message["event"] for message in new] == ["mark"]
    assert '-{"' not in told


@pytest.mark.parametrize("word", ["CANCELLED", "COMPLETED"])
def test_a_tool_that_was_answered_with_a_word_of_pipecats_is_no_hindrance(
    word: str, tmp_path: Path
) -> None:
    def change(rows: list[Row]) -> None:
        made = of(rows, "conversation.item.create")
        (output,) = [row for row in made if "output" in row["message"]["item"]]
        output["message"]["item"]["output"] = word

    code, told = replay(altered(tmp_path / "call.jsonl", change))
    assert code == 1
    assert f'"output": "{word}"' in told


def test_a_recorded_greeting_is_recited_again(tmp_path: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["recited"] = ["Welcome to our spa.", 8000]

    code, told = replay(altered(tmp_path / "call.jsonl", change))
    assert code == 1
    new = [line for line in told.splitlines() if line.startswith("+{")]
    assert any("Welcome to our spa." in line for line in new)
    assert sum('"3200 bytes"' in line for line in new) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read"),
        ("", "is no capture of a call"),
        ("no JSON", "is no capture of a call"),
        ('{"call_sid": "CA1"}\n', "is no capture of a call"),
        ('{"lost": 3}\n{"lost": 3}\n', "is not whole: 3 messages are lost"),
        (
            '{"call_sid":"CA1","facts":"","settings":{},"begun_at":"","audio":false}\n',
            "its stream never began",
        ),
    ],
)
def test_a_file_that_is_no_capture_is_one_sentence(
    text: str | None, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "call.jsonl"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    code, told = replay(path)
    assert code == 2
    assert sentence in told


def house(folder: Path, old: str, new: str) -> Path:
    """The sample spa, but for one line."""
    text = spa_file(folder, is_open=True).read_text(encoding="utf-8")
    assert old in text
    path = folder / "house.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize("audio", [False, True])
async def test_a_call_that_is_captured_now_replays(audio: bool, tmp_path: Path) -> None:
    """With sound only where calls may be recorded."""
    spa = house(tmp_path, "recordings = false", f"recordings = {str(audio).lower()}")
    changes = {"spa_file": spa, "capture_audio": True, "recording_folder": tmp_path / "tapes"}
    folder = await captured_call(tmp_path, **changes)
    (path,) = folder.glob("*.jsonl")
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text(encoding="utf-8")
    for secret in ("sk-test", ACCOUNT.auth_token, SESSION_SECRET, "media-stream"):
        assert secret not in text
    assert CALLER in text
    assert (" bytes" in text) is not audio
    code, told = await asyncio.to_thread(replay, path, spa)
    assert code == 0, told


def test_only_the_command_itself_says_something() -> None:
    typed = (sys.executable, "-m", "cli", "replay", "none.jsonl")
    done = subprocess.run(typed, cwd=SPA_FILE.parent, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    assert done.stderr == "spaline: none.jsonl cannot be read: No such file or directory\n"


async def test_without_consent_to_transcripts_nothing_is_captured(tmp_path: Path) -> None:
    spa = house(tmp_path, "transcripts = true", "transcripts = false")
    folder = await captured_call(tmp_path, spa_file=spa)
    assert not folder.exists()
