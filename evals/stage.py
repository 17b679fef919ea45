"""What an eval needs around it: the bot as Pipecat's runner runs it, and its book."""

import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from booking.appointments import BookingRequest
from booking.catalog import load_catalog
from booking.desk import BookingDesk
from booking.models import Actor
from database import build_engine, build_sessions, upgrade
from simulator.child import free_port, running_child
from simulator.scenario import Script

ROOT = Path(__file__).parents[1]
SPA_FILE = ROOT / "spa.toml"

MARIA = "+16175551212"

STAND_IN = {"OPENAI_API_KEY": "sk-stand-in"}
"""What the bot is told when its model is a stand-in: no key of anybody's."""


async def prepare_book(url: str, *, booked: bool) -> None:
    """Make an empty book, or one in which Maria Lopez has a massage on Tuesday at two.

    Args:
        url: of the database.
        booked: whether she has.
    """
    await upgrade(url)
    if not booked:
        return
    engine, catalog = build_engine(url), load_catalog(SPA_FILE)
    try:
        desk = BookingDesk(catalog, build_sessions(engine), lambda: datetime.now(UTC))
        script = Script(catalog.spa.time_zone, datetime.now(UTC))
        tuesday = script.fill("{{ weekday('tuesday') }} 14:00")
        request = BookingRequest(
            catalog.treatment("hot-stone-massage"),
            datetime.fromisoformat(tuesday).replace(tzinfo=catalog.spa.zone),
            name="Maria Lopez",
            phone=MARIA,
        )
        await desk.book(request, Actor.staff("evals"))
    finally:
        await engine.dispose()


@asynccontextmanager
async def running_bot(
    database_url: str, folder: Path, phone: str, settings: Mapping[str, str]
) -> AsyncGenerator[str]:
    """`python bot.py`; gives the socket that evals connect to.

    Args:
        database_url: its book.
        folder: where its log goes.
        phone: who calls, E.164.
        settings: beside those of the environment.

    Raises:
        ServerFailed: it did not start.
    """
    port = free_port()
    body = folder / "caller.json"
    body.write_text(json.dumps({"phone": phone}), encoding="utf-8")
    address = ("--host", "127.0.0.1", "--port", str(port))
    command = (sys.executable, str(ROOT / "bot.py"), *address, "--runner-body", str(body))
    environment = os.environ | {
        # Pipecat's runner would let .env win over what is said here.
        "PYTHON_DOTENV_DISABLED": "1",
        "DATABASE_URL": database_url,
        "SPA_FILE": str(SPA_FILE),
        "ENVIRONMENT": "development",
        **settings,
    }
    origin = f"http://127.0.0.1:{port}"
    async with running_child(command, environment, origin, folder / "bot.log", "/status"):
        yield f"ws://127.0.0.1:{port}/ws"
