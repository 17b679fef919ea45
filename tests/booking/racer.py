"""One of the processes of a race: several callers who want the same openings at once.

Run as `python -m tests.booking.racer DATABASE_URL RACER CALLERS`; says "ready", waits for a line,
races, and prints what became of each caller as JSON.
"""

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

from booking.desk import BookingDesk
from booking.errors import BookingError
from booking.models import Actor
from database import build_engine, build_sessions
from tests.booking.setting import MONDAY, monday_morning, sample, wished

OPENINGS = [
    day for day in (MONDAY + timedelta(days=ahead) for ahead in range(1, 15)) if day.weekday() < 5
]
"""Ten days; on each, hot stones at two o'clock can be had once."""


async def race(database_url: str, racer: int, callers: int) -> list[dict[str, Any]]:
    """What became of each caller of this process."""
    engine = build_engine(database_url)
    desk = BookingDesk(sample(), build_sessions(engine), monday_morning())
    print("ready", flush=True)  # noqa: T201  for the test that started us
    await asyncio.to_thread(sys.stdin.readline)
    try:
        return await asyncio.gather(
            *(_book(desk, f"{racer}{number:02}", number) for number in range(callers))
        )
    finally:
        await engine.dispose()


async def _book(desk: BookingDesk, who: str, number: int) -> dict[str, Any]:
    actor = Actor("caller", f"+121255500{who}", f"CA{who}", "t1")
    request = wished("hot stones", "14:00", OPENINGS[number % len(OPENINGS)])
    try:
        appointment = await desk.book(request, actor)
    except BookingError as error:
        return {"reason": error.reason, "alternatives": len(error.alternatives)}
    return {"code": appointment.code, "starts_at": appointment.starts_at.isoformat()}


if __name__ == "__main__":
    url, racer_, callers_ = sys.argv[1:]
    print(json.dumps(asyncio.run(race(url, int(racer_), int(callers_)))))  # noqa: T201  for the test that started us
