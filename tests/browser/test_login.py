from playwright.async_api import BrowserContext, Page, expect

from tests.browser.house import House
from tests.browser.staff import log_in
from tests.browser.watch import Watch


async def test_whoever_knows_the_password_gets_in_and_out(page: Page, house: House) -> None:
    await expect(page).to_have_url(f"{house.origin}/dashboard/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday, December 1, 2026")
    await page.get_by_role("button", name="Log out Rosa").click()
    await expect(page).to_have_url(f"{house.origin}/dashboard/login")
    await page.goto("calls")
    await expect(page).to_have_url(f"{house.origin}/dashboard/login")


async def test_who_guesses_stays_outside(context: BrowserContext, watch: Watch) -> None:
    page = await context.new_page()
    await log_in(page, password="a guess")
    await expect(page.get_by_role("alert")).to_have_text("That is not the password.")
    await page.goto("")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    watch.expect("401")


async def test_a_script_in_a_page_is_not_run(page: Page, watch: Watch) -> None:
    await page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'run'";
            document.body.append(script);
        }"""
    )
    assert await page.title() != "run"
    watch.expect("Refused by the policy: script-src-elem inline")
    watch.expect("script-src")
