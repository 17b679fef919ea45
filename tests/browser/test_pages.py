"""Every page of the list, as it is and as those need it who see or move otherwise."""

from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import grave_findings
from tests.browser.chromium import DESKTOP, PHONE, open_context
from tests.browser.house import House
from tests.browser.pages import PAGES, visit
from tests.browser.staff import log_in
from tests.browser.watch import Watch

LOOKS: tuple[tuple[Literal["light", "dark"], tuple[int, int]], ...] = (
    ("light", DESKTOP),
    ("dark", DESKTOP),
    ("light", PHONE),
)


async def test_no_page_complains(page: Page, house: House, watch: Watch) -> None:
    for shown in PAGES:
        await visit(page, shown, house)
        if shown.status != 200:
            watch.expect(str(shown.status))
        assert watch.complaints == [], shown.name


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
async def test_everybody_can_use_every_page(
    chromium: Browser, house: House, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    context = await open_context(chromium, house.origin, size=size, scheme=scheme, bypass_csp=True)
    page = await context.new_page()
    await log_in(page)
    for shown in PAGES:
        await visit(page, shown, house)
        assert await grave_findings(page) == [], shown.name
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], f"{shown.name} is wider than the window"
    await context.close()
