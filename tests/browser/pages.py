"""Every page there is. What is in this list is looked at: errors, accessibility, screenshots.

A page that fills itself after it is loaded says so by `aria-busy` until it is whole.
"""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.browser.house import House


@dataclass(frozen=True)
class Shown:
    """A page.

    Attributes:
        name: of its screenshots.
        path: under the dashboard; {gaps} are filled from `House.names`.
        anybody: whether it is there for who has not logged in.
        status: what the server answers.
    """

    name: str
    path: str
    anybody: bool = False
    status: int = 200


PAGES = (
    Shown("login", "login", anybody=True),
    Shown("day", ""),
    Shown("week", "?view=week"),
    Shown("new-appointment", "appointments/new"),
    Shown("walk-in", "walk-ins/new"),
    Shown("new-block", "blocks/new"),
    Shown("block", "blocks/{block}"),
    Shown("appointment", "appointments/{appointment}"),
    Shown("live", "live"),
    Shown("calls", "calls"),
    Shown("call", "calls/{call}"),
    Shown("messages", "messages"),
    Shown("customers", "customers"),
    Shown("customer", "customers/{customer}"),
    Shown("forget", "customers/{customer}/forget"),
    Shown("overview", "overview"),
    Shown("settings", "settings?service=hot+stones&day=tomorrow"),
    Shown("phone", "/phone/"),
    Shown("problem", "calls/nothing", status=404),
)


async def visit(page: Page, shown: Shown, house: House) -> None:
    """Open a page of the list, and wait until it is whole."""
    answer = await page.goto(shown.path.format(**house.names))
    assert answer is not None
    assert answer.status == shown.status
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
