"""What the staff see and hear of calls."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.entries import ToolUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome, Voicemail
from calls.shelf import Shelf
from calls.tapes import Tapes
from calls.wav import wav_head
from receptionist import now
from simulator.rest import TwilioRest
from tests.dashboard.browser import HASH, Browser
from tests.dashboard.conftest import NO_MODEL
from tests.e2e.product import ACCOUNT, Product, running_product

Sessions = async_sessionmaker[AsyncSession]
SID, VOICEMAIL = "CA" + "1" * 32, "RE" + "1" * 32
AT = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture
async def rest() -> AsyncGenerator[TwilioRest]:
    async with TwilioRest(ACCOUNT) as rest:
        rest.recordings[VOICEMAIL] = b"\x80" * 8000
        yield rest


@pytest.fixture
async def product(tmp_path: Path, rest: TwilioRest) -> AsyncGenerator[Product]:
    changes: dict[str, Any] = {
        "dashboard_password": HASH,
        "recording_folder": tmp_path / "recordings",
    }
    async with running_product(NO_MODEL, tmp_path, rest=rest, **changes) as running:
        yield running


@pytest.fixture
async def recorded(sessions: Sessions, tmp_path: Path) -> bytes:
    """A call with both; gives the recording."""
    records, shelf = CallRecords(sessions, now), Shelf(tmp_path / "recordings")
    await ring(sessions, SID, caller="+12125550147")
    tapes = Tapes(shelf, records, are_allowed=True)
    with tapes.recording(SID):
        pass
    await tapes.write()
    await records.keep_voicemail(SID, Voicemail(VOICEMAIL, "https://api.twilio.com/RE1", 9))
    sound = b"\x80\xff" * 4000 + bytes(range(256)) * 100
    shelf.path(SID).write_bytes(wav_head(len(sound)) + sound)
    return shelf.path(SID).read_bytes()


async def ring(
    sessions: Sessions, call_sid: str, *, caller: str | None = None, said: str = ""
) -> None:
    records, journal = CallRecords(sessions, lambda: AT), CallJournal(sessions)
    await records.ring(call_sid, caller=caller, dialled="+15005550001")
    await records.claim(call_sid)
    if said:
        journal.of(call_sid)(Turn(AT, "caller", said))
        await journal.write()


async def ranged(browser: Browser, asked: str, what: str = "recording") -> httpx.Response:
    return await browser.http.get(f"/calls/{SID}/{what}.wav", headers={"Range": asked})


async def test_a_recording_is_played_from_anywhere(browser: Browser, recorded: bytes) -> None:
    await browser.log_in()
    whole = await browser.http.get(f"/calls/{SID}/recording.wav")
    assert (whole.status_code, whole.content) == (200, recorded)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(recorded)
    for asked, begin, end in (
        ("bytes=0-", 0, size),
        ("bytes=100-199", 100, 200),
        ("bytes=-50", size - 50, size),
        (f"bytes={size - 1}-{size + 99}", size - 1, size),
        (f"bytes=-{size + 1}", 0, size),
    ):
        part = await ranged(browser, asked)
        assert (part.status_code, part.content) == (206, recorded[begin:end])
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    for asked in (f"bytes={size}-", "bytes=9-8", "bytes=-0"):
        nothing = await ranged(browser, asked)
        assert (nothing.status_code, nothing.headers["content-range"]) == (416, f"bytes */{size}")
    for asked in ("bytes=0-1,4-5", "bytes=-", "lines=1-2"):
        assert (await ranged(browser, asked)).content == recorded


async def test_a_voicemail_is_played_from_where_twilio_keeps_it(
    browser: Browser, rest: TwilioRest, recorded: bytes
) -> None:
    await browser.log_in()
    assert f'src="/dashboard/calls/{SID}/voicemail.wav"' in await browser.read(f"/calls/{SID}")
    part = await ranged(browser, "bytes=0-3", "voicemail")
    assert (part.status_code, part.content) == (206, b"RIFF")
    rest.fail_next(1, 503)
    assert "Try again" in await browser.read(f"/calls/{SID}/voicemail.wav", 502)
    rest.recordings.clear()
    await browser.read(f"/calls/{SID}/voicemail.wav", 404)


async def test_a_waveform_has_a_stroke_for_each_part_of_each_side(
    browser: Browser, recorded: bytes
) -> None:
    await browser.log_in()
    drawn = await browser.read(f"/calls/{SID}/waveform")
    caller, agent = re.findall(r' d="([^"]+)"', drawn)
    assert caller.count("M") == agent.count("M") == 500
    assert caller.startswith("M0.0 2.0V98.0")
    assert agent.startswith("M0.0 149.5V150.5")


async def test_what_was_not_recorded_or_is_elsewhere_is_told(
    browser: Browser, sessions: Sessions, recorded: bytes, tmp_path: Path
) -> None:
    await ring(sessions, "CA2")
    await browser.log_in()
    for call_sid in ("CA2", "CA-none"):
        for what in ("recording.wav", "waveform", "voicemail.wav"):
            await browser.read(f"/calls/{call_sid}/{what}", 404)
    assert "<audio" not in await browser.read("/calls/CA2")
    Shelf(tmp_path / "recordings").delete(SID)
    assert "not on this machine" in await browser.read(f"/calls/{SID}/waveform")
    assert "not on this machine" in await browser.read(f"/calls/{SID}/recording.wav", 404)


async def test_calls_are_found_by_number_words_and_end(
    browser: Browser, sessions: Sessions
) -> None:
    await ring(sessions, "CA1", caller="+12125550147", said="I lost my blue scarf, 100 % wool.")
    await ring(sessions, "CA2", caller="+16175551212", said="A facial, please.")
    await ring(sessions, "CA3", said="Another SCARF.")
    await CallRecords(sessions, now).finish("CA2", Outcome.TRANSFERRED)
    await browser.log_in()
    for asked, found in (
        ({}, {"CA1", "CA2", "CA3"}),
        ({"caller": "5550147"}, {"CA1"}),
        ({"caller": " 1617 555 1212"}, {"CA2"}),
        ({"words": "scarf"}, {"CA1", "CA3"}),
        ({"words": "0 %"}, {"CA1"}),
        ({"words": "scarf", "caller": "+1212"}, {"CA1"}),
        ({"outcome": "transferred"}, {"CA2"}),
        ({"words": "no such words"}, set[str]()),
    ):
        shown = (await browser.http.get("/calls", params=asked)).text
        assert set(re.findall(r"/dashboard/calls/(CA\d)\"", shown)) == found, asked
    await browser.read(f"/calls?words={'x' * 101}", 400)


async def test_signs_that_no_database_keeps_change_nothing_and_find_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    changes: dict[str, Any] = {"dashboard_password": HASH, "database_url": postgres_url}
    async with (
        running_product(NO_MODEL, tmp_path, **changes) as product,
        httpx.AsyncClient(base_url=f"{product.origin}/dashboard") as http,
    ):
        browser = Browser(http)
        await browser.log_in(name="Ro\0sa")
        block = {
            "resource": "room:Birch",
            "starts_at": "2027-01-04T10:00",
            "ends_at": "2027-01-04T11:00",
        }
        assert (await browser.send("/blocks/new", "/blocks", **block)).status_code == 303
        for asked in ("caller", "words", "outcome"):
            await browser.read(f"/calls?{asked}=a%00b")
        for path in ("/calls/a%00b", "/appointments/a%00b"):
            await browser.read(path, 404)


async def test_a_call_shows_how_it_went_in_time(browser: Browser, sessions: Sessions) -> None:
    await ring(sessions, SID, said="A facial, please.")
    journal = CallJournal(sessions)
    add = journal.of(SID)
    add(ToolUse(AT + timedelta(seconds=4), "t1", "list_treatments", {}, {"ok": True}, True, 12))
    add(Turn(AT + timedelta(seconds=5), "agent", "Of course.", 640))
    await journal.write()
    await CallRecords(sessions, lambda: AT + timedelta(seconds=10)).finish(
        SID, Outcome.TRANSFERRED, "a bill"
    )
    await browser.log_in()
    shown = await browser.read(f"/calls/{SID}")
    assert "transferred: handed over to a person (a bill)" in shown
    assert '<rect class="wait" x="436.0" y="32" width="64.0"' in shown
    assert "<title>0:04 answer after 640 ms</title>" in shown
    assert "<span>0:10</span>" in shown
    assert "data-secs" not in shown


@pytest.mark.usefixtures("recorded")
async def test_a_recorded_call_plays_from_each_turn(browser: Browser, sessions: Sessions) -> None:
    journal = CallJournal(sessions)
    journal.of(SID)(Turn(AT + timedelta(seconds=2.5), "agent", "Hello."))
    await journal.write()
    await browser.log_in()
    shown = await browser.read(f"/calls/{SID}")
    assert 'data-secs="2.50"' in shown
    assert f'src="/dashboard/calls/{SID}/recording.wav"' in shown
