"""The product with a spa that has been open for a while, at one moment."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine

from booking.catalog import load_catalog
from booking.desk import BookingDesk
from database import build_engine, build_sessions
from receptionist import now
from tests.browser.furnish import CALL_SID, furnish, recording
from tests.browser.moment import MOMENT
from tests.dashboard.browser import HASH
from tests.e2e.product import SPA_FILE, running_product

NO_MODEL = "ws://127.0.0.1:1"


@dataclass(frozen=True)
class House:
    """A spa that is open.

    Attributes:
        origin: where its server listens.
        desk: the desk that the server works at, in another session.
        names: what fills the gaps in `pages.PAGES`, such as the code of an appointment.
    """

    origin: str
    desk: BookingDesk
    names: dict[str, str]


@dataclass(frozen=True)
class Furnished:
    """A database to be copied.

    Attributes:
        path: the file.
        names: see `House`.
    """

    path: Path
    names: dict[str, str]


async def furnished_database(folder: Path) -> Furnished:
    """Make the database of a spa that has been open for a while."""
    path = folder / "furnished.db"
    recording(folder / f"{CALL_SID}.wav")
    with time_machine.travel(MOMENT, tick=True):
        return Furnished(path, await furnish(f"sqlite+aiosqlite:///{path}"))


@asynccontextmanager
async def open_house(
    furnished: Furnished, folder: Path, model_url: str = NO_MODEL, **changes: Any
) -> AsyncGenerator[House]:
    """Serve it over a real socket, from a copy of the database, with `changes` of the settings."""
    shutil.copy(furnished.path, folder / "spaline.db")
    settings: dict[str, Any] = {
        "dashboard_password": HASH,
        "spa_file": SPA_FILE,
        "recording_folder": furnished.path.parent,
    }
    settings |= changes
    with time_machine.travel(MOMENT, tick=True):
        async with running_product(model_url, folder, **settings) as product:
            engine = build_engine(product.database_url)
            desk = BookingDesk(load_catalog(SPA_FILE), build_sessions(engine), now)
            yield House(product.origin, desk, furnished.names)
            await engine.dispose()
