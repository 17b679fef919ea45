import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from calls.tables import CallRow
from database import (
    READ_ONLY,
    NoTurn,
    SchemaOutdated,
    SchemaUnknown,
    build_engine,
    build_sessions,
    check_schema,
    prepare_schema,
)
from settings import Settings

Sessions = async_sessionmaker[AsyncSession]
MANY = 60
"""More than the pool has connections."""


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


@pytest.fixture
async def impatient(sqlite_url: str) -> AsyncGenerator[Sessions]:
    """Sessions of a SQLite file whose lock nobody waits for."""
    engine = build_engine(sqlite_url, lock_wait_ms=0)
    yield build_sessions(engine)
    await engine.dispose()


async def waiting_in_line(writers: list[asyncio.Task[None]]) -> None:
    """Let tasks that were just made come as far as they can."""
    for _ in writers:
        await asyncio.sleep(0)


async def test_the_writers_of_a_process_get_in_one_after_the_other(impatient: Sessions) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with impatient.begin() as session:
            order.append(number)
            session.add(ringing(f"CA{number}", datetime.now(UTC)))

    await asyncio.gather(*(write(number) for number in range(MANY)))
    assert order == list(range(MANY))


async def test_who_waits_to_write_keeps_nobody_from_reading(impatient: Sessions) -> None:
    async def write() -> None:
        async with impatient.begin() as session:
            session.add(ringing("CA1", datetime.now(UTC)))

    async with impatient.begin(), asyncio.TaskGroup() as others:
        writers = [others.create_task(write()) for _ in range(MANY)]
        await waiting_in_line(writers)
        async with impatient() as reader:
            await reader.connection(execution_options=READ_ONLY)
            assert await reader.scalar(text("SELECT count(*) FROM calls")) == 0
        for writer in writers:
            writer.cancel()


async def test_who_is_cancelled_in_line_or_in_writing_makes_way(impatient: Sessions) -> None:
    began, order = asyncio.Event(), list[str]()

    async def write(name: str) -> None:
        async with impatient.begin() as session:
            order.append(name)
            began.set()
            if name == "for ever":
                await asyncio.Event().wait()
            session.add(ringing(name, datetime.now(UTC)))

    names = ("for ever", "in line", "patient")
    writer, in_line, patient = [asyncio.create_task(write(name)) for name in names]
    await began.wait()
    in_line.cancel()
    writer.cancel()
    await patient
    assert order == ["for ever", "patient"]


async def test_a_writer_whose_turn_does_not_come_is_told(sqlite_url: str) -> None:
    engine = build_engine(sqlite_url)
    sessions = build_sessions(engine, turn_secs=0.01)

    async def write() -> None:
        async with sessions.begin():
            pass

    async with sessions.begin():
        with pytest.raises(NoTurn):
            await asyncio.create_task(write())
    await write()
    await engine.dispose()


async def test_a_write_inside_another_one_is_an_error_at_once(impatient: Sessions) -> None:
    async with impatient.begin():
        with pytest.raises(RuntimeError, match="inside another one"):
            async with impatient.begin():
                pass


async def test_on_postgresql_writers_do_not_wait_for_each_other(postgres_url: str) -> None:
    engine = build_engine(postgres_url)
    sessions = build_sessions(engine)
    async with sessions.begin() as one, sessions.begin() as other:
        one.add(ringing("CA1", datetime.now(UTC)))
        other.add(ringing("CA2", datetime.now(UTC)))
    await engine.dispose()


async def test_postgresql_is_reached_by_the_url_that_a_platform_hands_out(
    postgres_url: str,
) -> None:
    given = make_url(postgres_url).set(drivername="postgres")
    given = given.update_query_dict({"sslmode": "disable"})
    values: dict[str, Any] = {"_env_file": None, "openai_api_key": "sk-test"}
    values["database_url"] = given.render_as_string(hide_password=False)
    engine = build_engine(Settings(**values).database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
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


async def test_a_server_refuses_a_schema_of_a_newer_version(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await prepare_schema(url)
    engine = build_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(SchemaUnknown, match="revision 9999, which this version does not know"):
        await prepare_schema(url)
