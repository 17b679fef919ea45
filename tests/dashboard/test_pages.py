from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.desk import BookingDesk
from booking.models import Actor, Appointment
from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome
from receptionist import now
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import ADA, EVIL


async def test_what_people_call_themselves_is_text_and_nothing_else(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await desk.take_message(EVIL, ADA, name=EVIL)
    await browser.log_in(name=EVIL)
    for path in (
        f"/?day={appointment.starts_at.date()}",
        f"/appointments/{appointment.code}",
        "/messages",
        "/calls?caller=%3Cscript%3Ealert(1)",
    ):
        shown = await browser.read(path)
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>" not in shown


async def test_a_call_shows_what_was_said_done_and_spent(
    browser: Browser, sessions: async_sessionmaker[AsyncSession]
) -> None:
    records, journal = CallRecords(sessions, now), CallJournal(sessions)
    at = datetime(2026, 11, 30, 15, tzinfo=UTC)
    await records.ring("CA1", caller="+12125550001", dialled="+15005550001")
    await records.claim("CA1")
    await records.finish("CA1", Outcome.TRANSFERRED, "wants a person")
    add = journal.of("CA1")
    add(Turn(at, "caller", "A facial & a scrub, please."))
    add(ToolUse(at, "t1", "list_treatments", {"service": "facial"}, {"ok": True}, True, 12))
    add(ToolUse(at, "t2", "end_call", {}))
    add(Turn(at, "agent", "Of course.", 640))
    add(ModelUse(at, "m", Tokens(100, 20, 3, 4, 50, 60), 0.0, 12_300))
    await journal.write()
    await browser.log_in()
    listed = await browser.read("/calls?caller=%2B12125550001")
    assert 'href="/dashboard/calls/CA1"' in listed
    assert "wants a person" in listed
    assert "There are none." in await browser.read("/calls?caller=%2B12125550009")
    shown = await browser.read("/calls/CA1")
    for words in (
        "A facial &amp; a scrub, please.",
        "agent, after 640 ms",
        "list_treatments: done, 12 ms",
        "end_call: not answered",
        "120 in, 7 cached, 110 out",
        "0.0123 USD",
    ):
        assert words in shown


async def test_older_calls_are_a_link_away(
    browser: Browser, sessions: async_sessionmaker[AsyncSession]
) -> None:
    begun = datetime(2026, 11, 30, 15, tzinfo=UTC)
    for number in range(51):
        moment = begun + timedelta(minutes=number)
        records = CallRecords(sessions, lambda moment=moment: moment)
        await records.ring(f"CA{number:02}", caller="+12125550001", dialled="+15005550001")
    await browser.log_in()
    newest = await browser.read("/calls?caller=%2B12125550001")
    assert "/calls/CA50" in newest
    assert "/calls/CA00" not in newest
    older = newest.split('<p><a href="/dashboard')[1].split('"')[0].replace("&amp;", "&")
    oldest = await browser.read(older)
    assert "/calls/CA00" in oldest
    assert "/calls/CA50" not in oldest
    assert "Older calls" not in oldest


async def test_messages_say_whose_number_it_is(browser: Browser, desk: BookingDesk) -> None:
    await desk.take_message("I lost my scarf.", ADA, name="Ada")
    withheld = Actor("caller", None, "CA-none")
    await desk.take_message("Call me.", withheld, name="Eve", contact="+12125550199")
    await browser.log_in()
    shown = await browser.read("/messages")
    assert "I lost my scarf." in shown
    assert "Ada, +12125550001<" in shown
    assert "Eve, +12125550199 (as the caller said it)" in shown


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?day=tomorrow", 400),
        ("/calls?before=now", 400),
        ("/calls/CA-none", 404),
        ("/appointments/NONE", 404),
        ("/nothing", 404),
    ],
)
async def test_an_address_that_leads_nowhere_is_a_page(
    browser: Browser, path: str, status: int
) -> None:
    await browser.log_in()
    assert "Back to the day" in await browser.read(path, status)
