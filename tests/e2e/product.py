"""The whole product in this process, on a free port, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import uvicorn

from database import prepare_schema
from server import build_app, server_config
from settings import Settings
from simulator.caller import Account
from simulator.realtime import Conversation, Output, Say
from simulator.rest import TwilioRest

ACCOUNT = Account("AC" + "0" * 32, "the-auth-token", "+15005550001")
CALLER = "+16175551212"
DESK = "+15005550010"
SESSION_SECRET = "a secret of the tests"
ONE_AT_A_TIME = Lock()
"""FastAPI silences warnings while an application is built, and that is a state of all threads."""

SPA_FILE = Path(__file__).parents[2] / "spa.toml"
DESK_SENTENCE = "I am sorry, we have a technical problem. I will connect you to our front desk."
PROMPT = (
    "Nobody can take your call now. Please leave a message after the tone, and we will call you "
    "back."
)


@dataclass(frozen=True)
class Product:
    """Where the product is.

    Attributes:
        origin: of its webhooks.
        database_url: its appointments and records.
    """

    origin: str
    database_url: str

    @property
    def voice_url(self) -> str:
        return f"{self.origin}/voice"


class Answers:
    """An agent that gives one list of outputs for each response, then nothing.

    To be told to fill a pause, on a slow machine, is not one of them: it does so without a sound.
    """

    def __init__(self, *responses: Sequence[Output]) -> None:
        self.conversations: list[Conversation] = []
        self._responses = list(responses)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        if conversation.metadata:
            return [Say("One moment, please.", audio=b"")]
        self.conversations.append(conversation)
        return self._responses.pop(0) if self._responses else []

    def transcribe(self, turn: int) -> str | None:
        return "something"


def spa_file(folder: Path, *, is_open: bool) -> Path:
    """The sample spa, whose desk is always open, or never."""
    head, rest = SPA_FILE.read_text(encoding="utf-8").split("[hours]\n")
    policies = rest[rest.index("[policies]") :]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = "".join(f'{day} = ["00:00-24:00"]\n' for day in days) if is_open else ""
    path = folder / "spa.toml"
    closed = "[holidays]\npublic = false\n\n"
    path.write_text(f"{head}[hours]\n{hours}\n{closed}{policies}", encoding="utf-8")
    return path


@asynccontextmanager
async def running_product(
    model_url: str,
    folder: Path,
    *,
    desk_open: bool = True,
    rest: TwilioRest | None = None,
    protocols: Mapping[str, type[asyncio.Protocol]] = {},
    **changes: Any,
) -> AsyncGenerator[Product]:
    """Serve the product with its real settings class, database file and spa.toml.

    With a `rest` it sends texts there; `protocols` take the place of uvicorn's `http` and `ws`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    values: dict[str, Any] = {
        "openai_api_key": "sk-test",
        "openai_realtime_url": model_url,
        "twilio_auth_token": ACCOUNT.auth_token,
        "public_url": origin,
        "database_url": f"sqlite+aiosqlite:///{folder}/spaline.db",
        "spa_file": spa_file(folder, is_open=desk_open),
        "session_secret": SESSION_SECRET,
        # As in production: what people say stays out, see conftest.py.
        "log_speech": "off",
    }
    if rest is not None:
        values |= {
            "twilio_account_sid": ACCOUNT.account_sid,
            "twilio_phone_number": ACCOUNT.number,
            "twilio_api_url": rest.url,
        }
    settings = Settings(_env_file=None, **(values | changes))  # pyright: ignore[reportCallIssue]  pydantic-settings takes it
    await prepare_schema(settings.database_url)
    with ONE_AT_A_TIME:
        app = build_app(settings)
    config = server_config(app, settings)
    for name, protocol in protocols.items():
        setattr(config, name, protocol)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield Product(origin, settings.database_url)
    finally:
        server.should_exit = True
        await serving
