"""Every page of the list into docs/screenshots/: light, dark, and as wide as a phone.

Somebody is on the line while the page of the calls that go on is taken.
"""

import asyncio
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from loguru import logger
from PIL import Image
from playwright.async_api import Browser, expect

from simulator.realtime import RealtimeSimulator
from tests.browser.chromium import DESKTOP, PHONE, open_chromium, open_context
from tests.browser.house import House, furnished_database, open_house
from tests.browser.on_the_line import LAST_WORDS, Receptionist, on_the_line
from tests.browser.pages import PAGES, visit
from tests.browser.staff import log_in

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

COLOURS = 64
"""Enough for what is text and lines; it makes the files a third as large."""

LOOKS: dict[str, tuple[Literal["light", "dark"], tuple[int, int]]] = {
    "light": ("light", DESKTOP),
    "dark": ("dark", DESKTOP),
    "phone": ("light", PHONE),
}


async def main() -> None:
    """Take them all."""
    logger.remove()
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        furnished = await furnished_database(folder)
        async with (
            RealtimeSimulator(Receptionist) as model,
            open_house(furnished, folder, model.url) as house,
            open_chromium() as browser,
        ):
            for look in LOOKS:
                await take(browser, house, look)


async def take(browser: Browser, house: House, look: str) -> None:
    """Take every page in one look."""
    scheme, size = LOOKS[look]
    context = await open_context(browser, house.origin, size=size, scheme=scheme)
    page = await context.new_page()
    for shown in sorted(PAGES, key=lambda shown: not shown.anybody):
        if not shown.anybody and page.url.endswith("/login"):
            await log_in(page)
        async with on_the_line(house) if shown.name == "live" else nullcontext():
            await visit(page, shown, house)
            if shown.name == "live":
                await expect(page.get_by_text(LAST_WORDS)).to_be_visible()
            picture = Image.open(BytesIO(await page.screenshot()))
        picture.quantize(COLOURS).save(FOLDER / f"{shown.name}-{look}.png", optimize=True)
    await context.close()


if __name__ == "__main__":
    asyncio.run(main())
