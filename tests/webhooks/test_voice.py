"""What the phone's webhooks owe to the process that they run in."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from booking.desk import BookingDesk
from booking.outbox import Outbox
from calls.lines import Lines
from calls.records import CallRecords, Outcome
from calls.spending import Limits, Spending
from database import build_sessions
from telephony.token import StreamTokens
from tests.booking.setting import sample
from webhooks.switchboard import Switchboard
from webhooks.voice import after

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
FORM = {"CallSid": "CA1", "From": "+16175551212", "To": "+15005550001"}


class SlowRecords(CallRecords):
    """Records of a database that takes its time.

    Attributes:
        asked: whether how a call ended is being asked.
        answers: lets the answer go.
    """

    asked: asyncio.Event
    answers: asyncio.Event

    @override
    async def outcome(self, call_sid: str) -> Outcome | None:
        self.asked.set()
        await self.answers.wait()
        return await super().outcome(call_sid)


def house(engine: AsyncEngine, lines: Lines) -> tuple[FastAPI, SlowRecords]:
    sessions, catalog = build_sessions(engine), sample()
    records = SlowRecords(sessions, lambda: NOW)
    records.asked, records.answers = asyncio.Event(), asyncio.Event()
    app = FastAPI()
    app.add_api_route("/voice/after", after, methods=["POST"])
    app.state.switchboard = Switchboard(
        public_url="https://spa.example.com",
        stream_origin="wss://spa.example.com",
        account_sid="",
        secrets=None,
        desk_ring_secs=20,
        catalog=catalog,
        desk=BookingDesk(catalog, sessions, lambda: NOW),
        outbox=Outbox(sessions, lambda: NOW),
        records=records,
        lines=lines,
        spending=Spending(
            sessions, Limits(0, 0, 0, 0.0, timedelta(hours=1)), catalog.spa.zone, lambda: NOW
        ),
        tokens=StreamTokens("a secret"),
        warm_up=lambda call_sid, phone: None,
        now=lambda: NOW,
    )
    return app, records


async def test_a_process_may_leave_only_when_what_comes_next_has_been_told(
    engine: AsyncEngine,
) -> None:
    lines = Lines(1)
    app, records = house(engine, lines)
    await records.ring("CA1", caller=FORM["From"], dialled=FORM["To"])
    await records.finish("CA1", Outcome.COMPLETED)
    with lines.talk("CA1"):
        pass
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://spa") as http:
        asking = asyncio.create_task(http.post("/voice/after", data=FORM))
        await records.asked.wait()
        assert not lines.idle
        records.answers.set()
        answer = await asking
    assert "<Hangup" in answer.text
    assert lines.idle
