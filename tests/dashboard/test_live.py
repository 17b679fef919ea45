"""Calls are followed while they go on, and watchers leave nothing behind."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.entries import ToolUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome
from dashboard.events import MOST_WATCHERS, Watchers
from receptionist import now
from tests.dashboard.browser import HASH, Browser
from tests.dashboard.conftest import NO_MODEL
from tests.e2e.process import server_process

Sessions = async_sessionmaker[AsyncSession]
SID = "CA" + "3" * 32


async def talk(sessions: Sessions) -> CallRecords:
    records = CallRecords(sessions, now)
    await records.ring(SID, caller="+12125550147", dialled="+15005550001")
    await records.claim(SID)
    return records


@asynccontextmanager
async def watching(browser: Browser) -> AsyncGenerator[AsyncGenerator[str]]:
    """The parts of the page, each when it comes."""

    async def parts(stream: httpx.Response) -> AsyncGenerator[str]:
        part: list[str] = []
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                part.append(line.removeprefix("data: "))
            elif not line and part:
                yield "\n".join(part)
                part = []

    async with asyncio.timeout(20), browser.http.stream("GET", "/live/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield parts(stream)


async def test_what_happens_in_a_call_is_shown_as_it_happens(
    browser: Browser, sessions: Sessions
) -> None:
    await browser.log_in()
    assert "Nobody is on the line." in await browser.read("/live")
    async with watching(browser) as parts:
        assert "Nobody is on the line." in await anext(parts)
        records = await talk(sessions)
        assert "+12125550147" in await anext(parts)
        journal = CallJournal(sessions)
        journal.of(SID)(Turn(now(), "caller", "Is <b>Ana</b> there?"))
        journal.of(SID)(ToolUse(now(), "t1", "transfer_to_staff", {}, {"ok": True}, True, 9))
        journal.of(SID)(Turn(now(), "agent", "One moment.", 480))
        await journal.write()
        shown = await anext(parts)
        assert "Is &lt;b&gt;Ana&lt;/b&gt; there?" in shown
        assert "transfer_to_staff: done, 9 ms" in shown
        assert "agent, after 480 ms" in shown
        await records.finish(SID, Outcome.COMPLETED)
        assert "Nobody is on the line." in await anext(parts)


async def test_a_call_is_taken_once_and_by_name(browser: Browser, sessions: Sessions) -> None:
    records = await talk(sessions)
    await browser.log_in("Rosa")
    answer = await browser.send("/live", f"/live/{SID}/take")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/live")
    shown = await browser.read("/live")
    assert "Rosa takes the call." in shown
    assert f"/live/{SID}/take" not in shown
    assert await records.is_wanted(SID)
    again = await browser.send("/", f"/live/{SID}/take")
    assert again.status_code == 409
    assert "somebody else has taken it" in again.text
    assert (await browser.http.post(f"/live/{SID}/take", data={"csrf": "no"})).status_code == 403


async def test_who_watches_is_counted_and_leaves_nothing_behind(
    browser: Browser,
) -> None:
    await browser.log_in()
    for _ in range(2):  # the second time the places of those before are free again
        async with asyncio.timeout(10):
            while (await stream_status(browser)) == 503:  # noqa: ASYNC110  it is in a process
                await asyncio.sleep(0.05)
        async with AsyncExitStack() as stack:
            everybody = [
                await stack.enter_async_context(watching(browser)) for _ in range(MOST_WATCHERS)
            ]
            for one in everybody:
                await anext(one)
            assert "Too many watch already" in await browser.read("/live/events", 503)


async def stream_status(browser: Browser) -> int:
    async with browser.http.stream("GET", "/live/events") as stream:
        return stream.status_code


async def test_a_stream_ends_by_itself_and_when_the_process_leaves() -> None:
    looks, is_leaving = 0, False

    async def render() -> str:
        nonlocal looks, is_leaving
        looks += 1
        if looks == 2:
            raise OSError("the database is gone")
        is_leaving = looks == 40
        return "the same"

    stream = Watchers(lambda: is_leaving, look_secs=0.01).follow("calls", render)
    sent = [part async for part in stream.body_iterator]
    assert sent[:2] == ["retry: 1000\n\n", "event: calls\ndata: the same\n\n"]
    assert sent[2:] == [": still here\n\n"] * 2
    assert looks == 40
    endless = Watchers(lambda: False, look_secs=0.01, stream_secs=0.05).follow("calls", render)
    async with asyncio.timeout(10):
        assert len([part async for part in endless.body_iterator]) >= 2


async def test_a_browser_that_reads_nothing_is_left() -> None:
    watchers = Watchers(lambda: False, stream_secs=0.05, stuck_secs=0.05)

    async def render() -> str:
        return "something"

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: object) -> None:
        assert watchers.count == 1
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await watchers.follow("calls", render)({"type": "http"}, receive, send)
    assert watchers.count == 0


async def test_a_process_that_leaves_does_not_wait_for_who_watches(tmp_path: Path) -> None:
    async with server_process(NO_MODEL, tmp_path, DASHBOARD_PASSWORD=HASH) as server:
        async with httpx.AsyncClient(base_url=f"{server.origin}/dashboard") as http:
            browser = Browser(http)
            await browser.log_in()
            async with watching(browser) as parts:
                await anext(parts)
                server.terminate()
                assert [part async for part in parts] == []
        assert await server.process.wait() == 0
        assert "ERROR" not in server.log.read_text(encoding="utf-8")
