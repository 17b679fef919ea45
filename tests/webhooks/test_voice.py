"""What the phone's webhooks owe to the process that they run in."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Message
from typing_extensions import override

from booking.desk import BookingDesk
from booking.outbox import Outbox
from calls.lines import Lines
from calls.records import CallRecords, Outcome
from calls.spending import Limits, Spending
from calls.tables import CallRow
from database import build_sessions
from telephony.token import StreamTokens
from tests.booking.setting import sample
from webhooks.switchboard import Switchboard
from webhooks.voice import after, call_status, voicemail

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
FORM = {"CallSid": "CA1", "From": "+16175551212", "To": "+15005550001"}


class SlowRecords(CallRecords):
    """Records of a database that takes its time.

    Attributes:
        slow_with: the question that takes its time.
        asked: whether it is being asked.
        answers: lets the answer go.
    """

    slow_with: str
    asked: asyncio.Event
    answers: asyncio.Event

    @override
    async def outcome(self, call_sid: str) -> Outcome | None:
        await self._take_time("outcome")
        return await super().outcome(call_sid)

    @override
    async def is_wanted(self, call_sid: str) -> bool:
        await self._take_time("is_wanted")
        return await super().is_wanted(call_sid)

    async def _take_time(self, question: str) -> None:
        if question == self.slow_with:
            self.asked.set()
            await self.answers.wait()


def house(
    engine: AsyncEngine, lines: Lines, slow_with: str = "nothing"
) -> tuple[FastAPI, SlowRecords]:
    sessions, catalog = build_sessions(engine), sample()
    records = SlowRecords(sessions, lambda: NOW)
    records.slow_with = slow_with
    records.asked, records.answers = asyncio.Event(), asyncio.Event()
    app = FastAPI()
    app.add_api_route("/voice/after", after, methods=["POST"])
    app.add_api_route("/voice/voicemail", voicemail, methods=["POST"])
    app.add_api_route("/voice/status", call_status, methods=["POST"])
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


def twilio(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://spa")


async def row_of_call(engine: AsyncEngine) -> CallRow:
    async with build_sessions(engine)() as session:
        return await session.get_one(CallRow, "CA1")


@pytest.mark.parametrize(
    ("outcome", "slow_with", "verb", "is_over"),
    [
        (Outcome.COMPLETED, "outcome", "<Hangup", True),
        (Outcome.TRANSFERRED, "is_wanted", "<Dial", False),
    ],
)
async def test_a_process_may_leave_only_when_what_comes_next_has_been_told(
    outcome: Outcome, slow_with: str, verb: str, is_over: bool, engine: AsyncEngine
) -> None:
    lines = Lines(1)
    app, records = house(engine, lines, slow_with)
    await records.ring("CA1", caller=FORM["From"], dialled=FORM["To"])
    await records.finish("CA1", outcome)
    with lines.talk("CA1"):
        pass
    async with twilio(app) as http:
        asking = asyncio.create_task(http.post("/voice/after", data=FORM))
        await records.asked.wait()
        assert not lines.idle
        records.answers.set()
        answer = await asking
    assert verb in answer.text
    assert lines.idle is is_over


async def test_a_message_is_kept_though_only_its_url_tells_which_it_is(engine: AsyncEngine) -> None:
    app, records = house(engine, Lines(1))
    await records.ring("CA1", caller=FORM["From"], dialled=FORM["To"])
    left = {"RecordingUrl": RECORDING, "RecordingDuration": "7", "Digits": "hangup"}
    async with twilio(app) as http:
        answer = await http.post("/voice/voicemail", data=FORM | left)
    assert ("<Hangup" in answer.text, "<Record" in answer.text) == (True, False)
    row = await row_of_call(engine)
    assert (row.voicemail_sid, row.voicemail_secs, row.desk_answer) == ("RE1", 7, None)


async def test_a_call_that_somebody_else_records_is_over_and_has_left_no_message(
    engine: AsyncEngine,
) -> None:
    lines = Lines(1)
    app, records = house(engine, lines)
    await records.ring("CA1", caller=FORM["From"], dialled=FORM["To"])
    lines.ring("CA1")
    recorded = {"RecordingSid": "RE1", "RecordingUrl": RECORDING, "RecordingDuration": "7"}
    async with twilio(app) as http:
        await http.post("/voice/status", data=FORM | {"CallStatus": "completed"} | recorded)
    row = await row_of_call(engine)
    assert (row.voicemail_sid, row.outcome, lines.idle) == (None, Outcome.MISSED, True)


async def test_who_leaves_in_the_middle_of_a_form_is_no_bug_of_ours(engine: AsyncEngine) -> None:
    app, _ = house(engine, Lines(1))
    said: list[Message] = [
        {"type": "http.request", "body": b"CallSid=", "more_body": True},
        {"type": "http.disconnect"},
    ]
    answers: list[Message] = []

    async def hear() -> Message:
        return said.pop(0)

    async def answer(message: Message) -> None:
        answers.append(message)

    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    path = {"path": "/voice/after", "raw_path": b"/voice/after", "query_string": b""}
    await app({"type": "http", "method": "POST", "headers": form, **path}, hear, answer)
    assert answers[0]["status"] == 400
