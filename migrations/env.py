"""How Alembic reaches the database; run through `database.upgrade`."""

import asyncio

from alembic import context
from sqlalchemy import Connection

import booking.tables
import calls.tables
from database import Base, build_engine

TABLES = (booking.tables, calls.tables)
"""Importing them has put every table into the metadata of Base."""


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection; the metadata has the tables of every folder."""
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
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(run())
