"""Callers in several processes who want the same openings at the same moment.

`SPALINE_RACES=20` repeats each race twenty times.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.booking.racer import OPENINGS

RACES = int(os.environ.get("SPALINE_RACES", "1"))
CALLERS = (13, 13, 12, 12)
"""Fifty callers over four processes."""


async def start(database_url: str, racer: int, callers: int) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.booking.racer", database_url, str(racer), str(callers)),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def race(database_url: str) -> list[dict[str, Any]]:
    processes = await asyncio.gather(
        *(start(database_url, racer, callers) for racer, callers in enumerate(CALLERS))
    )
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    return [result for output, _ in ended for result in json.loads(output)]


@pytest.mark.timeout(60 * RACES)
@pytest.mark.parametrize("number", range(RACES))
async def test_each_opening_is_booked_once_and_every_loser_hears_others(
    number: int, database_url: str, engine: AsyncEngine
) -> None:
    results = await race(database_url)
    winners = [result for result in results if "code" in result]
    losers = [result for result in results if "reason" in result]
    assert len(results) == sum(CALLERS)
    assert len(winners) == len({winner["starts_at"] for winner in winners}) == len(OPENINGS)
    assert {loser["reason"] for loser in losers} == {"opening_taken"}
    assert all(loser["alternatives"] for loser in losers)
    async with engine.connect() as connection:
        booked = await connection.scalar(text("SELECT count(*) FROM appointments"))
        occupied = await connection.scalar(text("SELECT count(*) FROM occupations"))
    assert (booked, occupied) == (len(OPENINGS), 2 * len(OPENINGS))
