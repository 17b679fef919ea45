"""How SQLite goes about a query."""

from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def query_plan(connection: AsyncConnection, query: ClauseElement) -> list[str]:
    """The steps of a query, as SQLite explains them."""
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
    return [str(row[-1]) for row in rows]
