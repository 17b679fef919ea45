"""How Alembic reaches the database; run through `database.upgrade`."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

import booking.tables
import calls.tables
from database import Base, build_engine

TABLES = (booking.tables, calls.tables)
"""Importing them has put every table into the metadata of Base."""

MIGRATION_LOCK = 7_725_463
"""Any number will do, as long as all replicas wait for the same."""


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction, one process at a time.

    SQLite's transactions exclude each other anyway; see `database.build_engine`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run() -> None:
    """Run the migrations on a database of their own engine."""
    engine = build_engine(context.config.attributes["url"])
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


asyncio.run(run())
