"""Where a row is played: the product in this process or in one of its own, and its database."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import URL, make_url

from database import upgrade
from tests.e2e.process import server_process
from tests.e2e.product import running_product
from tests.faults.fault import Fault, Stage
from tests.faults.proxy import Proxy
from tests.postgres import execute, open_postgres


@dataclass(frozen=True)
class Templates:
    """Databases with all tables and no rows, to be copied.

    Attributes:
        sqlite: a file.
        postgres: a database; None when no row needs it.
    """

    sqlite: Path
    postgres: URL | None


@contextmanager
def open_templates(folder: Path, *, postgres: bool) -> Generator[Templates]:
    """Make the templates, once for all rows: Alembic is not for many threads."""
    sqlite = folder / "template.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{sqlite}"))
    if not postgres:
        yield Templates(sqlite, None)
        return
    with open_postgres() as server:
        name = f"faults_{uuid4().hex}"
        execute(server, f"CREATE DATABASE {name}")
        url = server.set(database=name)
        asyncio.run(upgrade(url.render_as_string(hide_password=False)))
        yield Templates(sqlite, url)
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def set_up(
    fault: Fault, templates: Templates, folder: Path, model_url: str
) -> AsyncGenerator[Stage]:
    """Run the product as a row wants it."""
    if fault.where == "postgres":
        async with _postgres(templates) as (url, proxy):
            behind = make_url(url).set(host="127.0.0.1", port=proxy.port, query={})
            shown = behind.render_as_string(hide_password=False)
            async with running_product(
                model_url, folder, database_url=shown, **fault.settings
            ) as product:
                yield Stage(product, url, proxy)
        return
    shutil.copy(templates.sqlite, folder / "spaline.db")
    if fault.where == "two processes":
        async with (
            server_process(model_url, folder, **fault.settings) as process,
            server_process(model_url, folder, name="other", **fault.settings) as other,
        ):
            yield Stage(process, process.database_url, fallback_url=f"{other.origin}/voice/after")
    elif fault.where == "process":
        async with server_process(model_url, folder, **fault.settings) as process:
            yield Stage(process, process.database_url)
    else:
        async with running_product(model_url, folder, **fault.settings) as product:
            yield Stage(product, product.database_url)


@asynccontextmanager
async def _postgres(templates: Templates) -> AsyncGenerator[tuple[str, Proxy]]:
    """A database of its own, and a proxy in front of its server."""
    assert templates.postgres is not None
    name = f"fault_{uuid4().hex}"
    server = templates.postgres.set(database="postgres")
    template = templates.postgres.database
    await asyncio.to_thread(execute, server, f"CREATE DATABASE {name} TEMPLATE {template}")
    async with Proxy(partial(_connect, server)) as proxy:
        yield server.set(database=name).render_as_string(hide_password=False), proxy
    await asyncio.to_thread(execute, server, f"DROP DATABASE {name} WITH (FORCE)")


async def _connect(server: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if server.host:
        return await asyncio.open_connection(server.host, server.port or 5432)
    return await asyncio.open_unix_connection(f"{server.query['host']}/.s.PGSQL.5432")
