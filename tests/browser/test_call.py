from playwright.async_api import Page, expect

from tests.browser.house import House

LOADED = """audio => new Promise((resolve, reject) => {
  audio.addEventListener("error", () => reject(audio.error.message));
  audio.addEventListener("loadedmetadata", () => resolve(audio.duration));
  if (audio.readyState >= 1) resolve(audio.duration);
})"""

PLAYING = """audio => new Promise(resolve => audio.addEventListener("timeupdate", () => {
  if (!audio.paused && audio.currentTime > 17.2) {
    audio.pause();
    resolve(audio.currentTime);
  }
}))"""


async def open_call(page: Page, house: House) -> None:
    await page.goto(f"calls/{house.names['call']}")
    await expect(page.locator("svg.waveform")).to_be_visible()


async def test_a_call_is_heard_from_where_somebody_said_something(page: Page, house: House) -> None:
    await open_call(page, house)
    recording = page.locator("#recording")
    length = await recording.evaluate(LOADED)
    assert 20 < length < 40
    await page.get_by_role("listitem").filter(has_text="That is fine").get_by_role("button").click()
    # It plays, so it has been decoded, from that turn on and not from the beginning.
    assert 17.2 < await recording.evaluate(PLAYING) < 22


async def test_the_waveform_and_the_timeline_show_both_sides(page: Page, house: House) -> None:
    await open_call(page, house)
    for side in ("caller", "agent"):
        box = await page.locator(f"svg.waveform path.{side}").bounding_box()
        assert box is not None
        assert box["width"] > 900
        assert box["height"] > 20
    assert await page.locator("svg.timeline rect.wait").count() == 2
    await expect(
        page.get_by_role("img", name="the slowest answer came after 710 ms")
    ).to_be_visible()
    await expect(page.get_by_text("book_appointment: done, 22 ms")).to_be_visible()


async def test_calls_are_searched_for_what_was_said(page: Page, house: House) -> None:
    await page.goto("calls")
    await page.get_by_role("textbox", name="Said").fill("half past five")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.get_by_role("textbox", name="Said").fill("a sauna for horses")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text("There are none.")).to_be_visible()
