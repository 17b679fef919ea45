"""The database: SQLite in a file for one machine, PostgreSQL for many."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Case, ColumnElement, Connection, DateTime, Dialect, case, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_WAIT_MS = 2000
"""How long to wait for another writer: longer than a booking takes, shorter than a caller waits."""

TURN_SECS = 4.0
"""How long the writers of one process wait for each other on SQLite, where there is no one line."""

CONNECT_SECS = 3.0
STATEMENT_SECS = 4.0
"""A server that says nothing at all is given up: Twilio waits 15 seconds for a webhook, and callers
for a tool no longer than that."""

READ_ONLY = {"read_only": True}
"""Execution options of a transaction that only looks: on SQLite it does not lock out writers."""


DATABASE_ERRORS = (SQLAlchemyError, OSError)
"""What a database that is gone, locked or full raises; the phone still has to be answered."""


class NoTurn(SQLAlchemyError):
    """The writers of this process that came first have taken too long."""


class SchemaOutdated(Exception):
    """The database was made by another version; the message names the command that mends it."""


class SchemaUnknown(SchemaOutdated):
    """The database was made by a newer version, whose schema nothing here can read."""


class Base(DeclarativeBase):
    """The tables of every folder."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware in UTC out. SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, and without the zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone does not belong in the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def build_engine(url: str, *, lock_wait_ms: int = LOCK_WAIT_MS) -> AsyncEngine:
    """An engine for a SQLAlchemy URL (sqlite+aiosqlite or postgresql+asyncpg).

    Args:
        url: of the database.
        lock_wait_ms: how long a statement waits for a lock before it fails.
    """
    # Their values, which are people's, would be in every traceback.
    hidden = {"hide_parameters": True}
    if make_url(url).get_backend_name() != "sqlite":
        limits = {
            "server_settings": {"lock_timeout": str(lock_wait_ms)},
            "timeout": CONNECT_SECS,
            "command_timeout": STATEMENT_SECS,
        }
        return create_async_engine(
            url, pool_pre_ping=True, hide_parameters=True, connect_args=limits
        )
    engine = create_async_engine(url, **hidden)

    def set_up(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={lock_wait_ms}", "journal_mode=WAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def build_sessions(
    engine: AsyncEngine, *, turn_secs: float = TURN_SECS
) -> async_sessionmaker[AsyncSession]:
    """What makes database sessions.

    Args:
        engine: of the database.
        turn_secs: how long a writer waits for its turn where there is room for one only.
    """
    if engine.dialect.name != "sqlite":
        return async_sessionmaker(engine, expire_on_commit=False)
    return _OneWriter(engine, turn_secs)


class _OneWriter(async_sessionmaker[AsyncSession]):
    """Sessions of a SQLite file, of which one at a time writes, in the order in which they came.

    SQLite keeps no line of those who wait for its only place for a writer: they poll, and some do
    so in vain. So here only writers of other processes are waited for in that way. Nobody holds a
    connection while they wait, for readers need them.
    """

    def __init__(self, engine: AsyncEngine, turn_secs: float) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._turn_secs = turn_secs
        self._place = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    @asynccontextmanager
    @override
    async def begin(self) -> AsyncGenerator[AsyncSession]:  # pyright: ignore[reportIncompatibleMethodOverride]  SQLAlchemy's own type is private
        """A session in a transaction that may write.

        Raises:
            NoTurn: those who came first took too long.
        """
        await self._take_place()
        try:
            async with super().begin() as session:
                yield session
        finally:
            self._writer = None
            self._place.release()

    async def _take_place(self) -> None:
        if self._writer is asyncio.current_task():
            raise RuntimeError("a write inside another one would wait for itself")
        try:
            async with asyncio.timeout(self._turn_secs):
                await self._place.acquire()
        except TimeoutError as error:
            raise NoTurn(f"no turn to write within {self._turn_secs} s") from error
        self._writer = asyncio.current_task()


@asynccontextmanager
async def open_sessions(url: str) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    """What makes sessions of a database, which is left at the end.

    Raises:
        SchemaOutdated: the database is of another version.
    """
    engine = build_engine(url)
    try:
        await check_schema(engine)
        yield build_sessions(engine)
    finally:
        await engine.dispose()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that looks first and writes later cannot."""
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def stretch_of(column: ColumnElement[datetime], bounds: Sequence[datetime]) -> Case[int]:
    """Between which two of some moments in order something lies, counted from 0.

    Args:
        column: when it was; not before the first moment.
        bounds: at least two.
    """
    stretches = [(column < end, number) for number, end in enumerate(bounds[1:])]
    return case(*stretches, else_=len(stretches))


def storable(text: str) -> str:
    """Text without what no database takes: one bad character would undo a whole transaction."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision, in one transaction; makes the tables when there are none.

    One at a time in a process: Alembic has one place for what it works on.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = build_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


async def check_schema(engine: AsyncEngine) -> None:
    """See that the schema is the newest.

    Raises:
        SchemaOutdated: it is not.
    """
    found, scripts = await _revision(engine), ScriptDirectory(str(MIGRATIONS))
    wanted = scripts.get_current_head()
    if found and found not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaUnknown(
            f"the database is at revision {found}, which this version does not know: start the "
            "version that made it, or a newer one"
        )
    if found != wanted:
        raise SchemaOutdated(
            f"the database is at revision {found or 'none'}, this version needs {wanted}: "
            "run spaline migrate"
        )


async def prepare_schema(url: str) -> None:
    """Make the tables of an empty database; leave an older one to `spaline migrate`.

    Raises:
        SchemaOutdated: the database is of another version.
    """
    engine = build_engine(url)
    try:
        if await _revision(engine) is None:
            await upgrade(url)
        await check_schema(engine)
    finally:
        await engine.dispose()


async def _revision(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda c: MigrationContext.configure(c).get_current_revision()
        )
