from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.tables import CallRow
from database import (
    READ_ONLY,
    SchemaOutdated,
    build_engine,
    build_sessions,
    check_schema,
    prepare_schema,
)


def ringing(call_sid: str, rang_at: datetime) -> CallRow:
    return CallRow(call_sid=call_sid, dialled="+1", outcome="ringing", rang_at=rang_at)


async def test_a_moment_comes_back_aware_and_in_utc(engine: AsyncEngine) -> None:
    sessions = build_sessions(engine)
    there = datetime(2026, 12, 1, 14, tzinfo=ZoneInfo("America/New_York"))
    async with sessions.begin() as session:
        session.add(ringing("CA1", there))
    async with sessions() as session:
        row = await session.scalar(select(CallRow))
    assert row is not None
    assert row.rang_at == there
    assert row.rang_at.tzinfo is UTC
    assert row.ended_at is None


async def test_a_moment_without_a_zone_is_refused(engine: AsyncEngine) -> None:
    sessions = build_sessions(engine)
    with pytest.raises(StatementError, match="without a time zone"):
        async with sessions.begin() as session:
            session.add(ringing("CA1", datetime(2026, 12, 1)))


async def test_who_only_reads_does_not_lock_out_a_writer(sqlite_url: str) -> None:
    engine = build_engine(sqlite_url, lock_wait_ms=50)
    sessions = build_sessions(engine)
    async with sessions() as reader:
        await reader.connection(execution_options=READ_ONLY)
        await reader.execute(text("SELECT count(*) FROM calls"))
        async with sessions.begin() as writer:
            writer.add(ringing("CA1", datetime.now(UTC)))
    await engine.dispose()


async def test_an_empty_database_gets_its_tables(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await prepare_schema(url)
    await prepare_schema(url)
    engine = build_engine(url)
    await check_schema(engine)
    await engine.dispose()


async def test_a_database_without_tables_is_outdated(tmp_path: Path) -> None:
    engine = build_engine(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    with pytest.raises(SchemaOutdated, match=r"at revision none.*spaline migrate"):
        await check_schema(engine)
    await engine.dispose()


@pytest.mark.parametrize("pragma", ["journal_mode=wal", "foreign_keys=1"])
async def test_sqlite_is_set_up_for_many_readers_and_real_references(
    pragma: str, sqlite_url: str
) -> None:
    name, _, value = pragma.partition("=")
    engine = build_engine(sqlite_url)
    async with engine.connect() as connection:
        assert str(await connection.scalar(text(f"PRAGMA {name}"))) == value
    await engine.dispose()


async def test_a_server_refuses_an_older_schema(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    await prepare_schema(url)
    engine = build_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await engine.dispose()
    with pytest.raises(SchemaOutdated, match=r"at revision 0001.*spaline migrate"):
        await prepare_schema(url)
