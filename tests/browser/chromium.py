"""Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.browser.moment import MOMENT

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
"""What keeps the browser from asking its maker for anything."""

PATIENCE_MS = 15_000
"""With a machine that has other things to do, too."""

DESKTOP = (1280, 800)
PHONE = (390, 844)


@asynccontextmanager
async def open_chromium(*arguments: str) -> AsyncGenerator[Browser]:
    """A browser without a window, with further switches, such as for a fake microphone."""
    found = shutil.which("chromium")
    assert found, "there is no Chromium: run make chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found,
            # Its own sandbox wants what containers of CI do not give; only our pages are shown.
            chromium_sandbox=False,
            args=[*QUIET, *arguments],
        )
        yield browser
        await browser.close()


async def open_context(
    browser: Browser,
    origin: str,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    touch: bool = False,
    bypass_csp: bool = False,
    moment: datetime = MOMENT,
) -> BrowserContext:
    """Somebody who sits at a browser in the spa, at a moment."""
    assert isinstance(moment.tzinfo, ZoneInfo)
    context = await browser.new_context(
        base_url=f"{origin}/dashboard/",
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        has_touch=touch,
        reduced_motion="reduce",
        locale="en-US",
        timezone_id=moment.tzinfo.key,
        bypass_csp=bypass_csp,
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await context.clock.set_system_time(moment)
    return context
