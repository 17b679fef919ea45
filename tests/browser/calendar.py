"""The calendar on the day's page, as somebody uses it with a mouse."""

import re

from playwright.async_api import FloatRect, Locator, Page, expect

SLOT_PX = 28
"""The height of half an hour."""

OPENS = 9

LONG_PRESS_MS = 500


async def open_day(page: Page, path: str = "") -> None:
    """Open a day or a week, and wait until the book is in it."""
    await page.goto(path)
    await whole(page)


async def whole(page: Page) -> None:
    """Wait until the calendar shows what the server told."""
    await expect(page.locator("#book")).to_be_visible()
    await expect(page.locator("#book")).to_have_attribute("aria-busy", "false")


def event(page: Page, *words: str) -> Locator:
    """The appointment or block in the calendar with some words."""
    found = page.locator("#book article[role=button]")
    for part in words:
        found = found.filter(has_text=part)
    return found


async def drag(page: Page, appointment: Locator, to_column: str, to_time: str) -> None:
    """Drag an appointment to a therapist or a day, and a time."""
    x, y = await place(page, to_column, to_time)
    await page.mouse.move(*_top(await _box(appointment)))
    await page.mouse.down()
    await page.mouse.move(x, y + 20, steps=5)
    await page.mouse.move(x, y, steps=5)
    await page.mouse.up()


async def drag_by_finger(page: Page, appointment: Locator, to_column: str, to_time: str) -> None:
    """The same with a finger, which has to rest on it first; the page's clock is installed."""
    fingers = await page.context.new_cdp_session(page)

    async def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    # In the middle, for near an edge the calendar scrolls under the finger.
    await appointment.evaluate("element => element.scrollIntoView({block: 'center'})")
    target = await place(page, to_column, to_time)
    await touch("touchStart", _top(await _box(appointment)))
    await page.clock.run_for(LONG_PRESS_MS)
    await touch("touchMove", (target[0], target[1] + 20))
    await touch("touchMove", target)
    await touch("touchEnd")


async def click(page: Page, column: str, at: str) -> None:
    """Click on a free time of a therapist or a day."""
    await page.mouse.click(*await place(page, column, at))


async def place(page: Page, column: str, at: str) -> tuple[float, float]:
    """Where in the window a time of a column is."""
    head = page.locator("#book .ec-header").get_by_text(re.compile(column))
    hours, minutes = (int(part) for part in at.split(":"))
    grid = await _box(page.locator("#book .ec-body"))
    down = ((hours - OPENS) * 60 + minutes) / 30 * SLOT_PX
    middle = await _box(head)
    return middle["x"] + middle["width"] / 2, grid["y"] + down + 4


async def position(page: Page, found: Locator) -> tuple[float, float]:
    """Where in the calendar something is."""
    box, grid = await _box(found), await _box(page.locator("#book .ec-body"))
    return box["x"] - grid["x"], box["y"] - grid["y"]


def _top(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + 4


async def _box(found: Locator) -> FloatRect:
    box = await found.bounding_box()
    assert box is not None
    return box
