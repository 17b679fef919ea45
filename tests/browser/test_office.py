"""Customers and settings, as the staff use them."""

from playwright.async_api import Page, expect

from tests.browser.house import House


async def test_a_customer_is_found_written_down_and_forgotten(page: Page, house: House) -> None:
    await page.goto("customers")
    await page.get_by_label("Name or number").fill("ada almeida")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Ada Almeida").first.click()
    await page.get_by_label("Notes, for the staff alone").fill("A place for two cars.")
    await page.get_by_role("button", name="Save").click()
    notes = page.get_by_label("Notes, for the staff alone")
    await expect(notes).to_have_value("A place for two cars.")
    customer = int(page.url.rpartition("/")[2])
    await page.get_by_role("link", name="Forget this customer").click()
    await page.get_by_role("link", name="Keep").click()
    await page.get_by_role("link", name="Forget this customer").click()
    await page.get_by_role("button", name="Forget for good").click()
    await expect(page.get_by_role("heading", name="Forgotten")).to_be_visible()
    known = await house.desk.customer(customer)
    assert known is not None
    assert (known[0].name, known[0].phone, known[0].notes) == ("", None, "")


async def test_the_settings_say_what_a_caller_would_hear(page: Page) -> None:
    await page.goto("settings")
    await page.get_by_label("Treatment, as a caller says it").fill("hot stones")
    await page.get_by_label("Day, as a caller says it").fill("tomorrow")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.locator("blockquote")).to_contain_text("For Hot stone massage I have")
    await page.get_by_label("Treatment, as a caller says it").fill("a haircut")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.locator("#heard")).to_contain_text("Refused:")


async def test_the_overview_draws_what_its_table_tells(page: Page) -> None:
    await page.goto("overview")
    await expect(page.locator("svg.chart")).to_have_count(5)
    bars = page.locator("svg.chart rect")
    heights = await bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    assert max(heights) > 100
    fills = await bars.evaluate_all("bars => [...new Set(bars.map(b => getComputedStyle(b).fill))]")
    assert len(fills) == 4
    assert "rgb(0, 0, 0)" not in fills
