"""`make demo`: what a new user sees first."""

import os
from pathlib import Path

import pytest

from simulator.demo import play


@pytest.mark.timeout(240)
async def test_three_callers_book_find_it_taken_and_cancel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await play(tmp_path) == 0
    told = " ".join(capsys.readouterr().out.split())
    for words in (
        "Thank you for calling Serenity Spa.",
        "You are booked: Hot stone massage",
        "That time is taken.",
        "I have cancelled your appointment",
        "Maria Lopez",
        "Tom Baker",
        "cancelled",
        "ms",
    ):
        assert words in told
    assert {name for name in os.listdir(tmp_path) if name.endswith(".wav")} == {
        "book-1.wav",
        "taken-1.wav",
        "cancel-1.wav",
    }
    assert "Call ended after" in (tmp_path / "server.log").read_text(encoding="utf-8")


async def test_a_server_that_does_not_start_is_told_and_fails_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPA_FILE", "nowhere.toml")
    assert await play(tmp_path) == 1
    assert "nowhere.toml cannot be read" in " ".join(capsys.readouterr().out.split())
