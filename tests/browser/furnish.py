"""What the pages have to show: bookings, calls, messages. The same at every run."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor, Block
from booking.seed import seed
from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions, prepare_schema
from receptionist import now
from tests.browser.history import past_calls
from tests.browser.moment import MOMENT
from tests.browser.sound import record
from tests.e2e.product import SPA_FILE

CODE = "ACD347"
CALL_SID = "CA" + "5" * 32
CALLER = "+12125550100"
"""Ada Almeida's, whom the seed knows."""

Sessions = async_sessionmaker[AsyncSession]


async def furnish(database_url: str) -> dict[str, str]:
    """Fill a new database; says what fills the gaps in `pages.PAGES`."""
    await prepare_schema(database_url)
    engine = build_engine(database_url)
    sessions = build_sessions(engine)
    catalog = load_catalog(SPA_FILE)
    await seed(catalog, sessions, MOMENT.date())
    await past_calls(catalog, sessions)
    await _call(sessions)
    await _appointment(sessions)
    block = await _block(sessions)
    ada = await BookingDesk(catalog, sessions, now).customer_by_phone(CALLER)
    await engine.dispose()
    assert ada
    return {
        "appointment": CODE,
        "call": CALL_SID,
        "block": str(block.id),
        "customer": str(ada.id),
    }


def recording(path: Path) -> None:
    """Make the recording of the call."""
    at = MOMENT - timedelta(minutes=41)
    record(path, [entry for entry in _talk(at) if isinstance(entry, Turn)])


async def _appointment(sessions: Sessions) -> None:
    """One that was booked on the phone, with a code that is known, and a message."""
    caller = Actor("caller", CALLER, CALL_SID)
    booked_at = MOMENT - timedelta(minutes=40)
    desk = BookingDesk(load_catalog(SPA_FILE), sessions, lambda: booked_at, make_code=lambda: CODE)
    treatment = desk.catalog.treatment_named("Swedish massage")
    found = await desk.find_openings(treatment, MOMENT.date() + timedelta(days=1))
    opening = found.openings[-1]
    await desk.book(
        BookingRequest(treatment, opening.starts_at, name="Ada Almeida", team=opening.therapists),
        caller,
    )
    await desk.take_message("Is there a place for two cars?", caller, name="Ada Almeida")


async def _block(sessions: Sessions) -> Block:
    """A room that is painted today."""
    desk = BookingDesk(load_catalog(SPA_FILE), sessions, lambda: MOMENT)
    begins, ends = MOMENT.replace(hour=11, minute=0), MOMENT.replace(hour=13, minute=0)
    return await desk.block_room("Lotus", begins, ends, Actor.staff("Rosa"), "it is painted")


async def _call(sessions: Sessions) -> None:
    """The call in which it was booked."""
    at = MOMENT - timedelta(minutes=41)
    records, journal = CallRecords(sessions, lambda: at), CallJournal(sessions)
    await records.ring(CALL_SID, caller=CALLER, dialled="+15005550001")
    await records.claim(CALL_SID)
    add = journal.of(CALL_SID)
    for entry in _talk(at):
        add(entry)
    await journal.write()
    await records.note_recording(CALL_SID)
    ended = CallRecords(sessions, lambda: at + timedelta(seconds=64))
    await ended.finish(CALL_SID, Outcome.COMPLETED)


def _talk(at: datetime) -> list[Turn | ToolUse | ModelUse]:
    def after(secs: float) -> datetime:
        return at + timedelta(seconds=secs)

    return [
        Turn(after(1), "agent", "Thank you for calling Serenity Spa. How can I help you?"),
        Turn(after(6), "caller", "A massage tomorrow, please, late in the day."),
        ToolUse(
            after(10), "t1", "check_availability", {"service": "massage"}, {"ok": True}, True, 14
        ),
        Turn(after(11), "agent", "I have half past five with Ana.", 640),
        Turn(after(17), "caller", "That is fine. My name is Ada Almeida."),
        ToolUse(
            after(21),
            "t2",
            "book_appointment",
            {"name": "Ada"},
            {"ok": True, "code": CODE},
            True,
            22,
        ),
        Turn(after(22), "agent", "You are booked. See you tomorrow.", 710),
        ModelUse(after(23), "gpt-realtime-2.1", Tokens(900, 210, 700, 90, 120, 340), 0.0, 38_400),
    ]
