import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.errors import DeskBusy
from booking.transactions import ATTEMPTS, writing
from database import build_engine, build_sessions

Sessions = async_sessionmaker[AsyncSession]


async def test_what_collides_every_time_is_answered_as_busy(sessions: Sessions) -> None:
    attempts: list[int] = []

    async def collide(session: AsyncSession) -> None:
        attempts.append(1)
        for _ in range(2):
            await session.execute(
                text(
                    "INSERT INTO customers (phone, name, loyalty, preferences, notes, language,"
                    " created_at) VALUES ('+1', '', '', '', '', '', '2026-11-30 12:00:00')"
                )
            )

    with pytest.raises(DeskBusy):
        await writing(sessions, collide)
    assert len(attempts) == ATTEMPTS


async def test_nonsense_is_our_bug_and_not_a_collision(sessions: Sessions) -> None:
    async def nonsense(session: AsyncSession) -> None:
        await session.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(DBAPIError):
        await writing(sessions, nonsense)


async def test_a_writer_who_waits_in_vain_is_answered_as_busy(sqlite_url: str) -> None:
    here, elsewhere = build_engine(sqlite_url, lock_wait_ms=1), build_engine(sqlite_url)
    async with build_sessions(elsewhere).begin() as first:
        await look(first)
        with pytest.raises(DeskBusy):
            await writing(build_sessions(here), look)
    await here.dispose()
    await elsewhere.dispose()


async def test_a_writer_whose_turn_does_not_come_is_answered_as_busy(sqlite_url: str) -> None:
    engine = build_engine(sqlite_url)
    sessions = build_sessions(engine, turn_secs=0.01)
    async with sessions.begin():
        with pytest.raises(DeskBusy):
            await asyncio.create_task(writing(sessions, look))
    await engine.dispose()


async def look(session: AsyncSession) -> None:
    await session.execute(text("SELECT 1"))
