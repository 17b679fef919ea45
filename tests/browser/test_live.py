"""A call is watched in a browser while the simulators play it, and taken by the desk."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from simulator.caller import CallRecord, CallScript, Line, LineEnded, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.browser.axe import grave_findings
from tests.browser.chromium import open_context
from tests.browser.furnish import CALLER
from tests.browser.house import Furnished, open_house
from tests.browser.staff import log_in
from tests.browser.test_pages import LOOKS
from tests.browser.watch import Watch
from tests.e2e.product import ACCOUNT, DESK, Answers

SHORT = b"\x70" * 4000
GREETING = Say("Welcome to the spa.", audio=SHORT)
ANSWER = Say("We have massages and facials.", audio=SHORT)
GOODBYE = Say("I connect you.", audio=SHORT)

Call = Callable[[CallScript], "asyncio.Task[CallRecord]"]


@asynccontextmanager
async def watched(
    chromium: Browser,
    furnished: Furnished,
    folder: Path,
    agent: Answers,
    *,
    bypass_csp: bool = False,
) -> AsyncGenerator[tuple[Page, Call]]:
    """The page of the calls that go on, and somebody who can call."""
    async with (
        RealtimeSimulator(lambda: agent) as model,
        open_house(furnished, folder, model.url) as house,
    ):

        def call(script: CallScript) -> "asyncio.Task[CallRecord]":
            calling = place_call(f"{house.origin}/voice", ACCOUNT, from_=CALLER, script=script)
            return asyncio.create_task(calling)

        context = await open_context(chromium, house.origin, bypass_csp=bypass_csp)
        watch = Watch()
        await watch.watch(context)
        page = await context.new_page()
        await log_in(page)
        await page.goto("live")
        await expect(page.get_by_text("Nobody is on the line.")).to_be_visible()
        yield page, call
        await context.close()
        assert watch.complaints == []


async def grave(page: Page) -> list[str]:
    """What is wrong for somebody with the page as it is, in the dark, and on a phone."""
    found: list[str] = []
    for scheme, size in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        found += await grave_findings(page)
        if await page.evaluate("document.documentElement.scrollWidth") > size[0]:
            found.append(f"wider than {size[0]} pixels")
    return found


async def test_a_call_is_followed_while_it_goes_on(
    chromium: Browser, furnished: Furnished, tmp_path: Path
) -> None:
    seen = asyncio.Event()
    agent = Answers([GREETING], [CallTool("list_treatments")], [ANSWER])

    async def talk(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.say("What do you have?")
        await line.listen(settle_secs=0.3)
        while not seen.is_set():
            await line.wait(100)

    async with watched(chromium, furnished, tmp_path, agent, bypass_csp=True) as (page, call):
        calling = call(talk)
        on_the_line = page.get_by_role("region", name="Call of")
        await expect(on_the_line.get_by_text("Welcome to the spa.")).to_be_visible()
        await expect(on_the_line.get_by_text("list_treatments: done")).to_be_visible()
        await expect(on_the_line.get_by_text("We have massages and facials.")).to_be_visible()
        await expect(on_the_line.get_by_text("agent, after")).to_be_visible()
        assert await grave(page) == []
        assert not calling.done()
        seen.set()
        await calling
        await expect(page.get_by_text("Nobody is on the line.")).to_be_visible()


async def test_the_desk_takes_a_call_with_a_button(
    chromium: Browser, furnished: Furnished, tmp_path: Path
) -> None:
    async def stay(line: Line) -> None:
        with pytest.raises(LineEnded):
            await line.stay(within_secs=30)
        raise LineEnded("as the script expected")

    agent = Answers([GREETING], [GOODBYE])
    async with watched(chromium, furnished, tmp_path, agent) as (page, call):
        calling = call(stay)
        await page.get_by_role("button", name="Hand over to the desk").click()
        await expect(page.get_by_text("Rosa takes the call.")).to_be_visible()
        record = await calling
        assert record.verbs == ["connect", f"dial:{DESK}", "hangup"]
        # The agent has said a last word, and the caller has heard it.
        assert record.stream is not None
        heard = sum(len(part.mulaw) for part in record.stream.playout.heard)
        assert heard == 2 * len(SHORT)
        await expect(page.get_by_text("Nobody is on the line.")).to_be_visible()
        await page.goto(f"calls/{record.call_sid}")
        await expect(page.get_by_text("transferred: handed over to a person")).to_be_visible()
