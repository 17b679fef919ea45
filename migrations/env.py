"""How Alembic reaches the database; run through `database.upgrade`."""

from alembic import context
from sqlalchemy import Connection, text

import booking.tables
import calls.tables
from database import Base

TABLES = (booking.tables, calls.tables)
"""Importing them has put every table into the metadata of Base."""

MIGRATION_LOCK = 7_725_463
"""Any number will do, as long as all replicas wait for the same."""


def migrate(connection: Connection) -> None:
    """Run the migrations, one process at a time.

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


migrate(context.config.attributes["connection"])
