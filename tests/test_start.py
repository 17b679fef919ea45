"""Starting the product: what is wrong is one sentence that names it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from database import upgrade
from simulator.child import free_port

ROOT = Path(__file__).parents[1]
GOOD = {
    "OPENAI_API_KEY": "sk-test",
    "TWILIO_AUTH_TOKEN": "token",
    "PUBLIC_URL": "https://spa.example.com",
    "SPA_FILE": str(ROOT / "spa.toml"),
    "HOST": "127.0.0.1",
}


def environment(folder: Path, **changes: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME") or name.startswith("COVERAGE")
    }
    database = {"DATABASE_URL": f"sqlite+aiosqlite:///{folder}/spaline.db"}
    return kept | {"PYTHONPATH": str(ROOT)} | GOOD | database | changes


def start(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Start the server where it cannot stay up."""
    return subprocess.run(
        [sys.executable, "-m", "cli", "serve"],
        env=environment(folder, **changes),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def spa(folder: Path, old: str, new: str) -> str:
    """A spa.toml with one thing changed."""
    text = (ROOT / "spa.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "spa.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"OPENAI_API_KEY": ""}, "OPENAI_API_KEY is missing"),
        (
            {"TWILIO_AUTH_TOKEN": "", "ENVIRONMENT": "production"},
            "TWILIO_AUTH_TOKEN is missing",
        ),
        ({"PUBLIC_URL": "spa.example.com"}, "PUBLIC_URL: must be an origin"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: must begin with"),
        ({"SPA_FILE": "nowhere.toml"}, "nowhere.toml cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(
    changes: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    ended = start(tmp_path, **changes)
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert sentence in line


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('voice = "marin"', 'voice = "onyx"', "'onyx' is not a voice"),
        ('voice = "marin"', "temperature = 0.8", "temperature is gone"),
        ('voice = "marin"', 'input_format = "pcm16"', "input_format and output_format must be"),
        ("America/New_York", "America/Atlantis", "spa.time_zone"),
    ],
)
def test_a_wrong_spa_file_stops_the_start_with_one_sentence(
    old: str, new: str, sentence: str, tmp_path: Path
) -> None:
    ended = start(tmp_path, SPA_FILE=spa(tmp_path, old, new))
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert sentence in line


def test_an_older_schema_stops_the_start_and_names_the_command(tmp_path: Path) -> None:
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{tmp_path}/spaline.db", "0001"))
    ended = start(tmp_path)
    assert ended.returncode == 1
    assert "spaline migrate" in ended.stderr
    migrated = subprocess.run(
        [sys.executable, "-m", "cli", "migrate"],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (migrated.returncode, migrated.stdout) == (0, "The database is up to date.\n")


async def test_a_server_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cli", "serve"),
        env=environment(tmp_path, PORT=str(port)),
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"Spaline answers" not in await process.stderr.readline():
        assert process.returncode is None
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=5)) as http:
        assert (await http.get(f"http://127.0.0.1:{port}/health")).status_code == 200
    process.send_signal(signal.SIGTERM)
    await process.stderr.read()
    assert await process.wait() == 0
