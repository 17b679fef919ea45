from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app

RUNNER = CliRunner()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no .env of a developer
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("PUBLIC_URL", "https://spa.example.com")
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/spaline.db")
    return tmp_path


def test_help_names_every_command() -> None:
    result = RUNNER.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.output for command in ("serve", "migrate", "seed", "demo"))


def test_migrate_makes_the_tables(environment: Path) -> None:
    result = RUNNER.invoke(app, ["migrate"])
    assert (result.exit_code, result.output) == (0, "The database is up to date.\n")
    assert (environment / "spaline.db").exists()


def test_seed_fills_an_empty_database_once(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPA_FILE", str(Path(__file__).parents[1] / "spa.toml"))
    first, second = RUNNER.invoke(app, ["seed"]), RUNNER.invoke(app, ["seed"])
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert first.output.endswith("appointments were made.\n")
    assert "wants an empty one" in second.output


def test_a_missing_setting_is_one_sentence(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    result = RUNNER.invoke(app, ["migrate"])
    assert result.exit_code == 1
    assert result.output.startswith("spaline: OPENAI_API_KEY is missing")


def test_serve_says_what_is_wrong_and_stops(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    result = RUNNER.invoke(app, ["serve"])
    assert str(result.exception).startswith("spaline: OPENAI_API_KEY is missing")
