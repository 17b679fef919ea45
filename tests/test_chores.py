"""What a process does behind the calls goes on, whatever goes wrong."""

import asyncio
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from websockets.asyncio.client import ClientConnection

from booking.desk import BookingDesk, BookingRequest, WaitlistRequest
from booking.errors import BookingError
from booking.models import Opening
from booking.outbox import Outbox
from booking.spa import Treatment
from booking.text_message import TextKind
from calls.entries import Turn
from calls.tables import TurnRow
from chores import doing_chores, repeat
from database import build_engine, build_sessions
from realtime.recording import Recorder
from receptionist import open_receptionist
from settings import Settings
from tests.booking.setting import ADA, EVA, sample
from tests.e2e.product import SPA_FILE, running_product


async def test_a_chore_that_fails_is_done_again() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("work")
        if len(done) < 3:
            raise OSError("the database is gone")
        if len(done) == 5:
            raise asyncio.CancelledError

    with suppress(asyncio.CancelledError):
        await repeat("try", work, 0.0, trouble_secs=0.0)
    assert len(done) == 5


async def test_what_calls_have_left_is_written_though_a_chore_has_broken_down(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    values = {"openai_api_key": "sk-test", "allow_unsigned_webhooks": True, "spa_file": SPA_FILE}
    url = f"sqlite+aiosqlite:///{tmp_path}/spaline.db"
    settings = Settings(_env_file=None, database_url=url, **values)  # pyright: ignore  pydantic-settings takes it
    broken = asyncio.Event()

    async def connect() -> ClientConnection:
        broken.set()
        raise RuntimeError("a bug")

    async with open_receptionist(settings) as whole:
        recorder = Recorder("Hello.", tmp_path, connect, whole.options, "gpt-realtime", print)
        receptionist = replace(whole, recorder=recorder)
        await receptionist.records.ring("CA1", caller=None, dialled="+15005550001")
        async with doing_chores(settings, receptionist, str):
            await broken.wait()
            receptionist.journal.of("CA1")(Turn(datetime.now(UTC), "caller", "Hello?"))
        async with receptionist.sessions() as session:
            assert await session.scalar(select(func.count()).select_from(TurnRow)) == 1


async def test_an_offer_that_nobody_takes_lapses_while_the_server_runs(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    engine, spa = build_engine(f"sqlite+aiosqlite:///{tmp_path}/spaline.db"), sample()
    asked_at = datetime.now(UTC) - timedelta(hours=2)
    desk = BookingDesk(spa, build_sessions(engine), lambda: asked_at)
    treatment = spa.treatment_named("hot stone")
    day = desk.today() + timedelta(days=2)
    found = await desk.find_openings(treatment, day, last_day=day + timedelta(days=14))
    day = found.openings[0].starts_at.date()
    while left := await openings(desk, treatment, day):
        await desk.book(BookingRequest(treatment, left[0].starts_at), EVA)
    taken = await desk.agenda(day)
    await desk.join_waitlist(WaitlistRequest(treatment, day, day, name="Ada"), ADA)
    # The desk lives two hours ago, so that the offer it makes is over for the server.
    await desk.cancel(EVA, taken[0][0].code)
    assert await desk.waitlist()
    async with (
        running_product("ws://127.0.0.1:9/v1/realtime", tmp_path),
        asyncio.timeout(20),
    ):
        while await desk.waitlist():  # noqa: ASYNC110  what is waited for is in a database
            await asyncio.sleep(0.05)
    outbox = Outbox(build_sessions(engine), lambda: asked_at)
    assert [text.kind for text in await outbox.latest()][:1] == [TextKind.OFFER]
    await engine.dispose()


async def openings(desk: BookingDesk, treatment: Treatment, day: date) -> list[Opening]:
    """Those that are left on one day."""
    try:
        found = await desk.find_openings(treatment, day)
    except BookingError:
        return []
    return [opening for opening in found.openings if opening.starts_at.date() == day]
