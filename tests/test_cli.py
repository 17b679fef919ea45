import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from booking.desk import BookingDesk
from booking.outbox import Outbox
from calls.entries import Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Voicemail
from cli import app
from dashboard.password import is_password
from database import build_engine, build_sessions, upgrade
from simulator.rest import TwilioRest
from simulator.webhooks import Account
from tests.booking.setting import ADA, TUESDAY, monday_morning, sample, wished

RUNNER = CliRunner()
COMMANDS = (
    "serve", "migrate", "seed", "calendars", "texts", "call", "demo", "load", "hash-password",
    "forget", "export-customer", "replay",
)  # fmt: skip
VOICEMAIL = "RE" + "1" * 32
SPA_FILE = str(Path(__file__).parents[1] / "spa.toml")


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
    assert all(command in result.output for command in COMMANDS)


def test_migrate_makes_the_tables(environment: Path) -> None:
    result = RUNNER.invoke(app, ["migrate"])
    assert (result.exit_code, result.output) == (0, "The database is up to date.\n")
    assert (environment / "spaline.db").exists()


def test_seed_fills_an_empty_database_once(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPA_FILE", SPA_FILE)
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
    assert result.exit_code == 1
    assert result.output.startswith("spaline: OPENAI_API_KEY is missing")


def test_calendars_are_listed_by_who_works_there(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPA_FILE", SPA_FILE)
    result = RUNNER.invoke(app, ["calendars"])
    assert result.exit_code == 1
    assert result.output.startswith("spaline: SESSION_SECRET is missing")
    monkeypatch.setenv("SESSION_SECRET", "a secret")
    result = RUNNER.invoke(app, ["calendars"])
    names = [
        line.partition(": https://spa.example.com/calendar/")[0]
        for line in result.output.splitlines()
    ]
    assert names[:2] == ["Serenity Spa", "Maya Chen"]
    assert len(names) == 6


DATABASE_COMMANDS = (
    ["texts"],
    ["call", "show", "CA1"],
    ["call", "export", "--since", "2026-11-01"],
    ["export-customer", "+16175551212"],
    ["forget", "+16175551212", "--yes"],
)


@pytest.mark.parametrize("command", DATABASE_COMMANDS, ids=" ".join)
def test_a_database_without_tables_is_one_sentence(command: list[str], environment: Path) -> None:
    result = RUNNER.invoke(app, command)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "spaline: the database is at revision none, this version needs 0008: run spaline migrate"
    )


@pytest.mark.parametrize("command", [["migrate"], ["seed"], *DATABASE_COMMANDS], ids=" ".join)
def test_a_database_that_is_not_there_is_one_sentence(
    command: list[str], environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPA_FILE", SPA_FILE)
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    result = RUNNER.invoke(app, command)
    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith("spaline: the database does not answer: ")
    assert line.endswith(": start it, or mend DATABASE_URL")


@pytest.mark.parametrize("command", ["seed", "calendars"])
def test_a_spa_file_that_is_wrong_is_one_sentence(
    command: str, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_SECRET", "a secret")
    result = RUNNER.invoke(app, [command])
    assert result.exit_code == 1
    assert result.output == "spaline: spa.toml cannot be read: set SPA_FILE to your spa.toml\n"


def test_a_recording_url_that_leads_nowhere_is_one_sentence(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDING_URL", "nowhere://calls")
    result = RUNNER.invoke(app, ["forget", "+16175551212", "--yes"])
    assert result.output == "spaline: RECORDING_URL: Protocol not known: nowhere\n"


def test_texts_are_listed_with_what_went_wrong(environment: Path) -> None:
    url = f"sqlite+aiosqlite:///{environment}/spaline.db"
    asyncio.run(upgrade(url))
    assert RUNNER.invoke(app, ["texts"]).output == ""
    asyncio.run(fail_a_text(url))
    lines = RUNNER.invoke(app, ["texts"]).output.splitlines()
    assert [line.split("UTC  ")[1] for line in lines] == [
        "+12125550001  reminder  waiting",
        "+12125550001  confirmation  failed  Twilio answered 400 / 21614",
    ]


def test_the_receipt_of_a_call_is_printed_or_exported(environment: Path) -> None:
    url = f"sqlite+aiosqlite:///{environment}/spaline.db"
    asyncio.run(upgrade(url))
    asyncio.run(talk(url))
    shown = RUNNER.invoke(app, ["call", "show", "CA1"])
    assert shown.exit_code == 0
    assert shown.output.startswith("Call      CA1\nCaller    +12125550001  to +15005550001\n")
    assert shown.output.endswith("agent   Hello!\n")
    unknown = RUNNER.invoke(app, ["call", "show", "CA9"])
    assert (unknown.exit_code, unknown.output) == (1, "spaline: no call CA9 rang here\n")
    (line,) = RUNNER.invoke(app, ["call", "export", "--since", "2026-11-30"]).output.splitlines()
    assert json.loads(line)["turns"][0]["text"] == "Hello!"
    assert RUNNER.invoke(app, ["call", "export", "--since", "2026-12-01"]).output == ""


def test_a_customer_is_exported_and_forgotten(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{environment}/spaline.db"
    asyncio.run(upgrade(url))
    asyncio.run(talk(url))
    phone = str(ADA.phone)
    assert RUNNER.invoke(app, ["export-customer", "5551212"]).exit_code == 1
    known = json.loads(RUNNER.invoke(app, ["export-customer", phone]).output)
    assert known["calls"][0]["turns"][0]["text"] == "Hello!"
    assert known["calls"][0]["recorded"]
    recording = environment / "recordings" / "CA1.wav"
    recording.parent.mkdir()
    recording.touch()
    capture = environment / "captures" / "CA1.jsonl"
    capture.parent.mkdir()
    capture.touch()
    kept = RUNNER.invoke(app, ["forget", phone], input="n\n")
    assert (kept.exit_code, "for good?" in kept.output) == (1, True)
    gone = RUNNER.invoke(app, ["forget", phone], input="y\n")
    assert gone.exit_code == 1
    assert "Forgotten: 0 customers, 1 calls." in gone.output
    assert f"Still at Twilio, delete them there: {VOICEMAIL}" in gone.output
    assert not recording.exists()
    assert not capture.exists()
    known = json.loads(RUNNER.invoke(app, ["export-customer", phone]).output)
    assert known["calls"] == []
    again = RUNNER.invoke(app, ["forget", "--yes", phone])
    assert (again.exit_code, again.output) == (0, "Forgotten: 0 customers, 0 calls.\n")


def test_a_recording_that_cannot_be_deleted_is_told(environment: Path) -> None:
    url = f"sqlite+aiosqlite:///{environment}/spaline.db"
    asyncio.run(upgrade(url))
    asyncio.run(talk(url))
    (environment / "recordings" / "CA1.wav").mkdir(parents=True)
    stuck = RUNNER.invoke(app, ["forget", "--yes", str(ADA.phone)])
    assert stuck.exit_code == 1
    assert "Recordings are not deleted: CA1" in stuck.output


async def test_a_forgotten_voicemail_is_deleted_at_twilio(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{environment}/spaline.db"
    await upgrade(url)
    await talk(url)
    account = Account("AC" + "0" * 32, "token", "+15005550001")
    async with TwilioRest(account) as rest:
        rest.recordings[VOICEMAIL] = b"\xff"
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", account.account_sid)
        monkeypatch.setenv("TWILIO_API_URL", rest.url)
        command = ["forget", "--yes", str(ADA.phone)]
        result = await asyncio.to_thread(RUNNER.invoke, app, command)
        assert (result.exit_code, result.output) == (0, "Forgotten: 0 customers, 1 calls.\n")
        assert rest.recordings == {}


async def talk(url: str) -> None:
    engine, clock = build_engine(url), monday_morning()
    sessions = build_sessions(engine)
    records = CallRecords(sessions, clock)
    await records.ring("CA1", caller=ADA.phone, dialled="+15005550001")
    await records.keep_voicemail("CA1", Voicemail(VOICEMAIL, "https://api.twilio.com/RE1", 9))
    await records.note_recording("CA1")
    journal = CallJournal(sessions)
    journal.of("CA1")(Turn(clock(), "agent", "Hello!"))
    await journal.write()
    await engine.dispose()


async def fail_a_text(url: str) -> None:
    engine, clock = build_engine(url), monday_morning()
    desk = BookingDesk(sample(), build_sessions(engine), clock)
    outbox = Outbox(build_sessions(engine), clock)
    await desk.book(wished("hot stone", "14:00", TUESDAY + timedelta(days=1)), ADA)
    text = await outbox.claim()
    assert text
    await outbox.give_up(text, "Twilio answered 400 / 21614")
    await engine.dispose()


def test_a_hashed_password_is_a_setting_that_lets_in() -> None:
    told = RUNNER.invoke(app, ["hash-password"], input="a long pass phrase\n" * 2)
    assert told.exit_code == 0
    setting = told.output.strip().splitlines()[-1]
    hashed = setting.removeprefix("DASHBOARD_PASSWORD='").removesuffix("'")
    assert is_password("a long pass phrase", hashed)


def test_a_short_password_is_refused() -> None:
    told = RUNNER.invoke(app, ["hash-password"], input="short\n" * 2)
    assert told.exit_code == 1
    assert "spaline: a password needs 12 characters" in told.output
