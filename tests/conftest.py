"""Real databases for the tests: SQLite in a file, PostgreSQL on a server of its own."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from database import build_engine, upgrade
from tests.postgres import execute, open_postgres


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite database with the newest schema."""
    path = tmp_path / "spaline.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The URL of a PostgreSQL server's own database."""
    with open_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: URL) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables and no rows, to be copied."""
    name = f"spaline_{uuid4().hex}"
    execute(postgres, f"CREATE DATABASE {name}")
    asyncio.run(upgrade(_written(postgres.set(database=name))))
    yield name
    execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres: URL, migrated_postgres: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database with the newest schema."""
    name = f"spaline_{uuid4().hex}"
    execute(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}")
    yield _written(postgres.set(database=name))
    execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres: URL) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    name = f"spaline_{uuid4().hex}"
    execute(postgres, f"CREATE DATABASE {name}")
    yield _written(postgres.set(database=name))
    execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database with the newest schema, on each engine."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def engine(database_url: str) -> AsyncGenerator[AsyncEngine]:
    """An engine on each database."""
    engine = build_engine(database_url)
    yield engine
    await engine.dispose()


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)
