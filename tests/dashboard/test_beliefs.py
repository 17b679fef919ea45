import pytest

from booking.desk import BookingDesk
from receptionist import standing_orders
from tests.dashboard.browser import Browser
from tools.availability import hear_availability


async def test_the_settings_are_what_the_agent_was_told(
    browser: Browser, desk: BookingDesk
) -> None:
    await browser.log_in()
    shown = await browser.read("/settings")
    for words in (
        desk.catalog.spa.greeting,
        "Hot stone massage",
        "Sofia Lindqvist",
        "Birch",
        "America/New_York",
        "00:00 to 24:00",
    ):
        assert words in shown
    orders = standing_orders(desk.catalog)
    assert orders.splitlines()[0] in shown
    assert 'id="heard"' not in shown


@pytest.mark.parametrize(
    ("asked", "ok"),
    [
        ({"service": "hot stones", "day": "in two days"}, True),
        ({"service": "sports massage", "day": "tomorrow", "part_of_day": "evening"}, True),
        ({"service": "hot stones", "day": "yesterday"}, False),
        ({"service": "a haircut", "day": "tomorrow"}, False),
        ({"service": "facial", "day": "tomorrow", "therapist": "Nobody"}, False),
    ],
)
async def test_what_it_would_say_is_what_the_tool_says(
    browser: Browser, desk: BookingDesk, asked: dict[str, str], ok: bool
) -> None:
    await browser.log_in()
    answer = await browser.http.get("/settings", params=asked)
    assert answer.status_code == 200
    words = [asked.get(name, "") for name in ("service", "day", "at", "therapist", "part_of_day")]
    heard = await hear_availability(desk, *words)
    said = answer.text.split("<blockquote>")[1].split("</blockquote>")[0]
    assert said.replace("&#39;", "'") == heard["message"]
    assert ("Refused:" in answer.text) is not ok or heard["ok"] is ok


async def test_questions_that_make_no_sense_are_a_page(browser: Browser) -> None:
    await browser.log_in()
    for asked in ({"service": "x" * 999}, {"service": "facial", "day": "\0", "at": "25:99"}):
        answer = await browser.http.get("/settings", params=asked)
        assert answer.status_code == 200
        assert "<blockquote>" in answer.text
