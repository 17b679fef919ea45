"""Two customers of whom everything is known that can be known; it is 30 November 2026, 9 AM."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk, BookingRequest, WaitlistRequest
from booking.models import Actor
from booking.outbox import Outbox
from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome, Voicemail
from calls.shelf import Shelf
from calls.tapes import Tapes
from database import Base, build_sessions
from tests.booking.setting import TUESDAY, monday_morning, sample, wished

MARIA, TOM = "+16175551212", "+12125550147"
DAY = timedelta(days=1)
NOWHERE = Path("no-recordings")


class Life:
    """Lets customers do all that leaves a trace."""

    def __init__(
        self, engine: AsyncEngine, folder: Path = NOWHERE, *, ago: timedelta = timedelta()
    ) -> None:
        self.engine = engine
        self.shelf = Shelf(folder)
        self.clock = monday_morning()
        self.sessions = build_sessions(engine)
        self.ago = ago

    async def of(self, phone: str, name: str, call_sid: str, *, time: str = "14:00") -> None:
        """A call in which somebody books, waits, leaves a message and a voicemail."""
        now = self.clock() - self.ago
        desk = BookingDesk(sample(), self.sessions, lambda: now)
        actor = Actor("caller", phone, call_sid, "call_1")
        request = wished("hot stone", time, TUESDAY)
        if not self.ago:
            await desk.book(BookingRequest(request.treatment, request.starts_at, name=name), actor)
        await desk.save_customer(
            Actor("caller", phone, call_sid, "call_2"), preferences=f"{name} likes tea"
        )
        await desk.save_customer(Actor.staff("Noor"), phone=phone, notes=f"{name} pays late")
        await desk.take_message(
            f"{name} lost a scarf",
            Actor("caller", phone, call_sid, "call_3"),
            name=name,
            contact=phone,
        )
        first = now.date() + DAY
        await desk.join_waitlist(
            WaitlistRequest(sample().treatment_named("facial"), first, first, name=name),
            Actor("caller", phone, call_sid, "call_4"),
        )
        await self._call(phone, name, call_sid)
        await Outbox(self.sessions, lambda: now).opt_out(phone)

    async def record(self, call_sid: str) -> None:
        """Leave a recording of a call."""
        tapes = Tapes(self.shelf, CallRecords(self.sessions, self.clock), are_allowed=True)
        with tapes.recording(call_sid):
            pass
        await tapes.write()

    async def _call(self, phone: str, name: str, call_sid: str) -> None:
        now = self.clock() - self.ago
        records = CallRecords(self.sessions, lambda: now)
        await records.ring(call_sid, caller=phone, dialled="+15005550001", stir_verstat="TN-A")
        await records.claim(call_sid)
        await records.finish(call_sid, Outcome.TRANSFERRED, f"{name} wants a person")
        await records.keep_voicemail(call_sid, Voicemail(f"RE{call_sid}", "https://x/RE1", 9))
        journal = CallJournal(self.sessions)
        add = journal.of(call_sid)
        add(Turn(now, "caller", f"I am {name}, call {phone}", 400))
        add(ToolUse(now, "call_1", "book_appointment", {"name": name}, {"ok": True}, True, 9))
        add(ToolUse(now, "call_9", "end_call", {"name": name}))
        add(ModelUse(now, "a-model", Tokens(1, 2, 3, 4, 5, 6), 0.0, 77))
        await journal.write()


async def everything(engine: AsyncEngine) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    async with engine.connect() as connection:
        return {
            name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for name, table in Base.metadata.tables.items()
        }
