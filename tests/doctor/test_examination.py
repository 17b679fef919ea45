"""The doctor beside a running server, a model and Twilio's REST side, as a command."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from doctor.examination import examine
from doctor.finding import Finding
from receptionist import now
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say
from simulator.rest import TwilioRest
from tests.e2e.product import ACCOUNT, Product, running_product

GONE = "http://127.0.0.1:1"


class Ready:
    """Says one word to everything."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        return [Say("Ready.", audio=b"\x70" * 1600)]

    def transcribe(self, turn: int) -> str | None:
        return ""


class Clinic:
    """Everything that the doctor looks at, running."""

    def __init__(self, product: Product, rest: TwilioRest, environment: pytest.MonkeyPatch) -> None:
        self.product = product
        self.rest = rest
        self.environment = environment

    async def wrong(
        self, changes: Mapping[str, str] | None = None, *, fix: bool = False
    ) -> list[Finding]:
        """What is wrong, when some settings are others."""
        with self.environment.context() as environment:
            for name, value in (changes or {}).items():
                environment.setenv(name, value)
            found = [finding async for finding in examine(fix=fix) if not finding.ok]
        assert all(finding.fix for finding in found)
        return found


@asynccontextmanager
async def open_clinic(
    folder: Path, environment: pytest.MonkeyPatch, *, deaf: bool = False, origin: str = ""
) -> AsyncGenerator[Clinic]:
    """A product whose own settings the doctor has; `origin` is where a proxy stands before it."""
    changes: dict[str, Any] = {"public_url": origin} if origin else {}
    async with (
        RealtimeSimulator(Ready, first_audio_ms=10, ignore_audio_format=deaf) as model,
        TwilioRest(ACCOUNT) as rest,
        running_product(model.url, folder, rest=rest, **changes) as product,
    ):
        environment.chdir(folder)  # no .env of a developer
        for name, value in {
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_REALTIME_URL": model.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
            "TWILIO_PHONE_NUMBER": ACCOUNT.number,
            "TWILIO_API_URL": rest.url,
            "PUBLIC_URL": origin or product.origin,
            "DATABASE_URL": product.database_url,
            "SPA_FILE": str(folder / "spa.toml"),
        }.items():
            environment.setenv(name, value)
        yield Clinic(product, rest, environment)


@pytest.fixture
async def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Clinic]:
    async with open_clinic(tmp_path, monkeypatch) as opened:
        yield opened


async def command(*options: str) -> tuple[int | None, str]:
    """Exit code and output of `spaline doctor`."""
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).parent / "spaline", "doctor", *options),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_number_is_set_up_and_then_all_is_well(clinic: Clinic) -> None:
    code, output = await command("--json")
    assert code == 1
    (found,) = [line for line in map(json.loads, output.splitlines()) if not line["ok"]]
    assert found["subject"] == "number"
    assert f"voice_url is empty, not {clinic.product.origin}/voice" in found["told"]
    assert found["fix"] == "spaline doctor --fix"
    assert await clinic.wrong(fix=True) == []
    number = clinic.rest.phone_numbers[0]
    assert number["voice_url"] == f"{clinic.product.origin}/voice"
    assert number["status_callback_method"] == "POST"
    code, output = await command()
    assert code == 0, output
    for told in (
        "takes mu-law, and said 200 ms of audio",
        "calls and texts to +15005550001 come here",
        "/voice answers with a two-way stream",
        "/media-stream is open",
        "clock: it is within 30 s",
    ):
        assert told in output
    assert clinic.rest.problems == []


async def test_the_call_to_ourselves_is_over_after(clinic: Clinic) -> None:
    await clinic.wrong(fix=True)
    engine = build_engine(clinic.product.database_url)
    records = CallRecords(build_sessions(engine), now)
    async with engine.connect() as connection:
        (call_sid,) = (await connection.exec_driver_sql("SELECT call_sid FROM calls")).one()
    assert await records.outcome(call_sid) is Outcome.FAILED
    await engine.dispose()


@pytest.mark.parametrize(
    ("changes", "subject", "told", "fix"),
    [
        ({"OPENAI_API_KEY": "wrong"}, "model", "invalid_api_key", "OPENAI_API_KEY"),
        ({"OPENAI_REALTIME_URL": "ws://127.0.0.1:1"}, "model", "no connection", "REALTIME_URL"),
        ({"OPENAI_REALTIME_MODEL": "gpt-none"}, "model", "gpt-none", "OPENAI_REALTIME_MODEL"),
        ({"TWILIO_API_URL": GONE}, "number", "no answer of Twilio", "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_PHONE_NUMBER": "+15005550009"}, "number", "has no number", "PHONE_NUMBER"),
        ({"PUBLIC_URL": GONE}, "webhook", "11205", "make serve"),
        ({"TWILIO_ACCOUNT_SID": "AC" + "1" * 32}, "number", "401", "TWILIO_AUTH_TOKEN"),
        ({"OPENAI_API_KEY": ""}, "settings", "OPENAI_API_KEY is missing", ".env"),
        ({"OPENAI_REALTIME_URL": "http://x"}, "settings", "OPENAI_REALTIME_URL", ".env"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "settings", "TWILIO_ACCOUNT_SID: must be AC", ".env"),
        ({"TWILIO_PHONE_NUMBER": "555 0001"}, "settings", "must be in E.164", ".env"),
        ({"PUBLIC_URL": "https://x/voice"}, "settings", "PUBLIC_URL: must be an origin", ".env"),
        ({"DATABASE_URL": "mysql://x/y"}, "settings", "DATABASE_URL: must begin", ".env"),
        ({"ENVIRONMENT": "production", "TWILIO_AUTH_TOKEN": ""}, "settings", "TOKEN is", ".env"),
        ({"SPA_FILE": "none.toml"}, "none.toml", "none.toml", "edit none.toml"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "database", "not answer", "start it"),
        ({"DATABASE_URL": "sqlite+aiosqlite:////none/x.db"}, "database", "not answer", "start it"),
    ],
)
async def test_what_is_wrong_is_named_with_its_remedy(
    clinic: Clinic, changes: dict[str, str], subject: str, told: str, fix: str
) -> None:
    found = [finding for finding in await clinic.wrong(changes) if finding.subject == subject]
    assert told in found[0].told
    assert fix in found[0].fix


async def test_an_address_that_leads_elsewhere_is_told(clinic: Clinic) -> None:
    found = await clinic.wrong({"PUBLIC_URL": clinic.rest.url}, fix=True)
    assert [finding.subject for finding in found] == ["webhook"]
    assert "it answers 401 (Twilio's error 11200)" in found[0].told


async def test_a_wrong_token_is_told_from_a_wrong_url(clinic: Clinic) -> None:
    found = await clinic.wrong({"TWILIO_AUTH_TOKEN": "another"})
    by_subject = {finding.subject: finding for finding in found}
    assert "401" in by_subject["number"].told
    assert "the signature is refused" in by_subject["webhook"].told


async def test_a_database_without_tables_and_a_wrong_spa_are_told(
    clinic: Clinic, tmp_path: Path
) -> None:
    spa = tmp_path / "wrong.toml"
    spa.write_text("[spa]\n", encoding="utf-8")
    empty = f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    found = await clinic.wrong({"DATABASE_URL": empty, "SPA_FILE": str(spa)}, fix=True)
    assert [finding.subject for finding in found] == [str(spa), "database"]
    assert found[1].fix == "spaline migrate"


async def test_a_model_that_takes_no_mulaw_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_clinic(tmp_path, monkeypatch, deaf=True) as clinic:
        found = await clinic.wrong(fix=True)
    assert [finding.subject for finding in found] == ["model"]
    assert "did not take mu-law as input" in found[0].told


async def test_a_number_with_one_way_twiml_is_told(clinic: Clinic) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'<Response><Start><Stream url="wss://x"/></Start></Response>'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as sample:
        host, port = sample.sockets[0].getsockname()
        clinic.rest.phone_numbers[0]["voice_url"] = f"http://{host}:{port}/twiml"
        found = await clinic.wrong()
    assert [finding.subject for finding in found] == ["number", "number's TwiML"]
    assert "one-way" in found[1].told


async def test_a_proxy_that_lets_no_socket_through_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reverse proxy that speaks HTTP only, as many are set up."""
    upstream: list[int] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"Upgrade: websocket" in head:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        else:
            there, back = await asyncio.open_connection("127.0.0.1", upstream[0])
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            back.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            back.write(await reader.readexactly(length))
            writer.write(await there.read())
            back.close()
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as proxy:
        origin = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with open_clinic(tmp_path, monkeypatch, origin=origin) as clinic:
            upstream.append(int(clinic.product.origin.rpartition(":")[2]))
            found = await clinic.wrong(fix=True)
    assert [finding.subject for finding in found] == ["socket"]
    assert "400 (Twilio's error 31920)" in found[0].told
