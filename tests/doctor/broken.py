"""Setups that are broken, by the words of docs/doctor.md: how to break a clinic so."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx

from database import upgrade
from simulator.call_form import call_form
from simulator.realtime import Conversation, Output, RealtimeSimulator
from simulator.webhooks import Webhooks
from tests.doctor.clinic import Clinic, Ready
from tests.doctor.in_the_way import always, behind_by, without_sockets
from tests.e2e.product import ACCOUNT, CALLER, running_product

Changes = dict[str, str]
Break = Callable[[Clinic], AbstractAsyncContextManager[Changes]]

NOWHERE = "127.0.0.1:1"
ONE_WAY = '<Response><Start><Stream url="wss://spa.example.com/"/></Start></Response>'
CALL_SID = "CA" + "1" * 32


class Speechless:
    """Answers without a word."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        return []

    def transcribe(self, turn: int) -> str | None:
        return ""


def settings(**changes: str) -> Break:
    """Some settings are others."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        yield changes

    return broken


def dotenv(text: str) -> Break:
    """There is a file `.env`."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        path = clinic.folder / ".env"
        path.write_text(text, encoding="utf-8")
        yield {}
        path.unlink()

    return broken


def spa(old: str, new: str) -> Break:
    """The spa file has other words in one place."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        text = (clinic.folder / "spa.toml").read_text(encoding="utf-8")
        assert old in text
        path = clinic.folder / "broken" / "spa.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        yield {"SPA_FILE": str(path)}

    return broken


def database(revision: str | None) -> Break:
    """The database has no tables, or says that it is of that revision."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        path = clinic.folder / f"{revision}.db"
        if revision:
            await upgrade(f"sqlite+aiosqlite:///{path}")
            with closing(sqlite3.connect(path)) as book, book:
                book.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        yield {"DATABASE_URL": f"sqlite+aiosqlite:///{path}"}

    return broken


def model(agent: type[Ready] | type[Speechless] = Ready, **knobs: Any) -> Break:
    """The model is another one."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        async with RealtimeSimulator(agent, first_audio_ms=10, **knobs) as other:
            yield {"OPENAI_REALTIME_URL": other.url}

    return broken


@asynccontextmanager
async def clock(clinic: Clinic) -> AsyncGenerator[Changes]:
    """Ours is five minutes ahead of the model's."""
    async with behind_by(300, f"127.0.0.1:{clinic.model.port}") as address:
        yield {"OPENAI_REALTIME_URL": f"ws://{address}/v1/realtime"}


def number(**changes: str) -> Break:
    """At the number stands something else; `{there}` is the origin of a one-way sample."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        (mine,) = clinic.rest.phone_numbers
        before = dict(mine)
        async with always("200 OK", ONE_WAY, "Content-Type: text/xml") as there:
            mine.update({name: value.format(there=there) for name, value in changes.items()})
            yield {}
        mine.update(before)

    return broken


def address(status: str, body: str = "", header: str = "X-Nothing: 1") -> Break:
    """At PUBLIC_URL something else answers, and always so."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        async with always(status, body, header) as origin:
            yield {"PUBLIC_URL": origin}

    return broken


def server(folder: str, **changes: Any) -> Break:
    """The server has other settings than the doctor."""

    @asynccontextmanager
    async def broken(clinic: Clinic) -> AsyncGenerator[Changes]:
        path = _folder(clinic, folder)
        async with running_product(clinic.model.url, path, rest=clinic.rest, **changes) as product:
            yield {"PUBLIC_URL": product.origin}

    return broken


@asynccontextmanager
async def https(clinic: Clinic) -> AsyncGenerator[Changes]:
    """PUBLIC_URL says https, and our own port is behind it."""
    yield {"PUBLIC_URL": clinic.product.origin.replace("http:", "https:")}


@asynccontextmanager
async def taken(clinic: Clinic) -> AsyncGenerator[Changes]:
    """The only line rings already."""
    async with server("taken", max_calls=1)(clinic) as changes:
        async with httpx.AsyncClient() as http:
            form = call_form(ACCOUNT, CALL_SID, CALLER, "ringing", None)
            twilio = Webhooks(http, ACCOUNT, "good", CALL_SID)
            await twilio.ask(f"{changes['PUBLIC_URL']}/voice", form, "POST")
        yield changes


@asynccontextmanager
async def proxy(clinic: Clinic) -> AsyncGenerator[Changes]:
    """A proxy lets no socket through."""
    upstream: list[str] = []
    async with (
        without_sockets(upstream) as origin,
        server("proxy", public_url=origin)(clinic) as changes,
    ):
        upstream.append(changes["PUBLIC_URL"].partition("://")[2])
        yield {"PUBLIC_URL": origin}


def _folder(clinic: Clinic, name: str) -> Path:
    path = clinic.folder / name
    path.mkdir()
    return path


BROKEN: dict[str, Break] = {
    "no `OPENAI_API_KEY`": settings(OPENAI_API_KEY=""),
    "the HTTP address of the model": settings(OPENAI_REALTIME_URL="https://api.openai.com/v1"),
    "a SID that is none": settings(TWILIO_ACCOUNT_SID="AC1"),
    "a number as people write it": settings(TWILIO_PHONE_NUMBER="(500) 555-0001"),
    "the webhook in the place of its origin": settings(PUBLIC_URL="https://spa.example.com/voice"),
    "production without Twilio's token": settings(ENVIRONMENT="production", TWILIO_AUTH_TOKEN=""),
    "production that asks for no signatures": settings(
        ENVIRONMENT="production", ALLOW_UNSIGNED_WEBHOOKS="true"
    ),
    "a database of another kind": settings(DATABASE_URL="mysql://localhost/spaline"),
    "a password in the place of its hash": settings(DASHBOARD_PASSWORD="let me in"),
    "a word where a number belongs": settings(MAX_CALLS="many"),
    "a hand-over before the question": settings(DEAD_AIR_HAND_OVER_SECONDS="2"),
    "a slip of the pen in `.env`": dotenv("MAX_CALL=4\nPOSTGRES_PASSWORD=secret\n"),
    "no file at `SPA_FILE`": settings(SPA_FILE="none.toml"),
    "a file that is no TOML": spa("[spa]", "[spa"),
    "a key that is not known": spa("\nname = ", "\nnmae = "),
    "a time zone that is none": spa("America/New_York", "New York"),
    "a treatment by somebody who is not there": spa(
        'therapists = ["Ana Flores"]', 'therapists = ["Anna Flores"]'
    ),
    "a front desk that costs two dollars a minute": spa("+15005550010", "+19005550010"),
    "an option of the beta": spa("[realtime]", "[realtime]\ntemperature = 0.8"),
    "a database that is not running": settings(DATABASE_URL=f"postgresql://{NOWHERE}/spaline"),
    "a folder that is not there": settings(DATABASE_URL="sqlite+aiosqlite:////none/spaline.db"),
    "a database without tables": database(None),
    "a database of a newer version": database("9999"),
    "a key that is not the account's": settings(OPENAI_API_KEY="sk-bad"),
    "an account without credit": settings(OPENAI_API_KEY="sk-poor"),
    "a model that does not speak": settings(OPENAI_REALTIME_MODEL="gpt-4o"),
    "a model of the beta": settings(OPENAI_REALTIME_MODEL="gpt-4o-realtime-preview"),
    "nobody at `OPENAI_REALTIME_URL`": settings(OPENAI_REALTIME_URL=f"ws://{NOWHERE}/v1/realtime"),
    "a gateway that asks for a login": model(refuse_with_http=401),
    "a model that is overloaded": model(refuse_with_http=503),
    "a model that takes PCM only": model(ignore_audio_format=True),
    "a model that says nothing": model(Speechless),
    "a clock that is five minutes ahead": clock,
    "the SID of another account": settings(TWILIO_ACCOUNT_SID="AC" + "1" * 32),
    "no way to Twilio": settings(TWILIO_API_URL=f"http://{NOWHERE}"),
    "a number of somebody else": settings(TWILIO_PHONE_NUMBER="+15005550009"),
    "a number that was never set up": number(voice_url="", voice_fallback_url=""),
    "a number without a fallback": number(voice_fallback_url=""),
    "texts that go nowhere": number(sms_url="https://demo.twilio.com/welcome/sms/reply"),
    "a number that is asked by GET": number(voice_method="GET"),
    "a number at a one-way sample": number(voice_url="{there}/incoming-call"),
    "a number at a tunnel that is gone": number(voice_url=f"http://{NOWHERE}/voice"),
    "nobody at `PUBLIC_URL`": settings(PUBLIC_URL=f"http://{NOWHERE}"),
    "a name that nobody has": settings(PUBLIC_URL="https://spa.invalid"),
    "`https` where only HTTP is spoken": https,
    "a redirect": address("308 Permanent Redirect", header="Location: https://spa.example.com/"),
    "a login page": address("200 OK", "<!doctype html><title>Log in</title><p>Hello<br>"),
    "a tunnel whose end is closed": address("502 Bad Gateway", "no upstream"),
    "TwiML of a one-way sample": address("200 OK", ONE_WAY, "Content-Type: text/xml"),
    "a server with another token": server("token", twilio_auth_token="another"),
    "a server with another `PUBLIC_URL`": server("url", public_url="https://other.example.com"),
    "the same, and it asks for no signatures": server(
        "unsigned", public_url="https://other.example.com", allow_unsigned_webhooks=True
    ),
    "a server whose lines are all taken": taken,
    "a proxy that lets no WebSocket through": proxy,
}
"""In the order of the page."""
