"""What somebody of the house does in a browser."""

from playwright.async_api import Page

from tests.dashboard.browser import PASSWORD


async def log_in(page: Page, name: str = "Rosa", password: str = PASSWORD) -> None:
    """Fill in the login, from wherever a page that needs one leads."""
    await page.goto("")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("The staff's password").fill(password)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Log in").click()
