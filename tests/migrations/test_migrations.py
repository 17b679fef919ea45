from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

import booking.tables
import calls.tables
from database import MIGRATIONS, Base, build_engine, check_schema, upgrade

TABLES = (booking.tables, calls.tables)
"""Importing them has put every table into the metadata of Base."""

CUSTOMER = text(
    "INSERT INTO customers (phone, name, loyalty, preferences, notes, language, created_at)"
    " VALUES ('+16175551212', 'Maria', '', '', '', '', '2026-11-24 12:00:00')"
)

REVISIONS = [
    script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions("base", "heads")
]
"""Every revision, the newest first."""


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, on each engine."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/empty.db"
    return request.getfixturevalue("empty_postgres_url")


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, Base.metadata)


async def test_the_models_match_the_migrated_schema(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_there_is_one_line_of_revisions_that_begins_at_nothing() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_bases() == [REVISIONS[-1]]
    assert scripts.get_heads() == [REVISIONS[0]]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_revision_is_brought_to_the_newest_with_its_rows(
    revision: str, empty_url: str
) -> None:
    await upgrade(empty_url, revision)
    engine = build_engine(empty_url)
    async with engine.begin() as connection:
        await connection.execute(CUSTOMER)
    await upgrade(empty_url)
    await check_schema(engine)
    async with engine.connect() as connection:
        phones = (await connection.execute(text("SELECT phone FROM customers"))).scalars().all()
    await engine.dispose()
    assert phones == ["+16175551212"]
