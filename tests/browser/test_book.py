"""The day and the week in a real browser: what is done there is in the database, or is refused."""

from datetime import date

import pytest
from playwright.async_api import Browser, Page, expect

from booking.desk import BookingRequest
from booking.models import Actor, Appointment, AuditEntry
from tests.browser.calendar import click, drag, drag_by_finger, event, open_day, position
from tests.browser.chromium import PHONE, open_context
from tests.browser.house import House
from tests.browser.moment import MOMENT
from tests.browser.staff import log_in
from tests.browser.watch import Watch

TODAY = MOMENT.date()
ROSA = "staff:Rosa"


async def of(house: House, customer: str, day: date = TODAY) -> Appointment:
    """Today's appointment of a customer, as the database has it."""
    (found,) = [its for its, who in await house.desk.agenda(day) if who.name == customer]
    return found


async def last_change(house: House, appointment: Appointment) -> AuditEntry:
    return (await house.desk.trail(appointment.code))[-1]


async def test_a_click_on_a_free_time_books_it(page: Page, house: House) -> None:
    await open_day(page)
    await click(page, "Ana Flores", "14:30")
    await expect(page.get_by_label("When")).to_have_value("2026-12-01T14:30")
    await expect(page.get_by_label("Therapist")).to_have_value("Ana Flores")
    await page.get_by_label("Treatment").select_option(label="Swedish massage, 60 minutes")
    await page.get_by_label("Customer's number").fill("(212) 555-0250")
    await page.get_by_label("Customer's name").fill("Wanda Weber")
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("status")).to_have_text(
        "Booked: Swedish massage, Tuesday 14:30, Ana Flores, Birch."
    )
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(event(page, "Wanda Weber", "14:30")).to_be_visible()
    booked = await of(house, "Wanda Weber")
    assert f"{booked.starts_at:%H:%M} {booked.therapists}" == "14:30 ('Ana Flores',)"
    assert (await last_change(house, booked)).who == ROSA
    customer = await house.desk.customer_by_phone("+12125550250")
    assert customer is not None
    assert customer.id == booked.customer_id


async def test_a_form_that_cannot_be_booked_says_why_and_keeps_what_was_filled_in(
    page: Page, house: House, watch: Watch
) -> None:
    before = await house.desk.agenda(TODAY)
    await open_day(page)
    await click(page, "Luca Romano", "16:00")
    await page.get_by_label("Treatment").select_option(label="Prenatal massage, 60 minutes")
    await page.get_by_label("Customer's name").fill("Wanda Weber")
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "Luca Romano does not do that. It is done by Maya Chen."
    )
    watch.expect("409")
    await expect(page.get_by_label("Customer's name")).to_have_value("Wanda Weber")
    assert await house.desk.agenda(TODAY) == before


@pytest.mark.parametrize(
    ("customer", "column", "at", "words"),
    [
        ("Grace Ito", "Maya Chen", "14:00", "Moved: Prenatal massage, Tuesday 14:00, Maya Chen"),
        ("Pablo Diaz", "Sofia Lindqvist", "15:30", "Moved: Classic facial, Tuesday 15:30, Sofia"),
    ],
)
async def test_a_drag_moves_an_appointment(
    page: Page, house: House, customer: str, column: str, at: str, words: str
) -> None:
    await open_day(page)
    await drag(page, event(page, customer), column, at)
    await expect(page.get_by_role("status")).to_contain_text(words)
    await expect(event(page, customer, at)).to_be_visible()
    moved = await of(house, customer)
    assert (f"{moved.starts_at:%H:%M}", moved.therapists) == (at, (column,))
    change = await last_change(house, moved)
    assert (change.who, change.action) == (ROSA, "rescheduled")


@pytest.mark.parametrize(
    ("customer", "column", "at", "reason"),
    [
        ("Rosa Quinn", "Luca Romano", "17:00", "That time is taken."),
        ("Rosa Quinn", "Luca Romano", "09:30", "That time has already passed."),
        ("Rosa Quinn", "Luca Romano", "14:30", "Luca Romano does not work at that time"),
        ("Grace Ito", "Luca Romano", "12:00", "Luca Romano does not do that."),
    ],
)
async def test_a_drag_that_is_refused_says_why_and_changes_nothing(
    page: Page, house: House, watch: Watch, customer: str, column: str, at: str, reason: str
) -> None:
    before = await of(house, customer)
    await open_day(page)
    shown = event(page, customer, f"{before.starts_at:%H:%M}")
    where = await position(page, shown)
    await drag(page, shown, column, at)
    await expect(page.get_by_role("alert")).to_contain_text(reason)
    watch.expect("409")
    await page.get_by_role("button", name="Close").click()
    await expect(shown).to_be_visible()
    assert await position(page, shown) == where
    assert await of(house, customer) == before
    assert (await last_change(house, before)).action == "booked"


async def test_what_the_server_never_hears_of_is_put_back_or_kept_in_its_form(
    page: Page, house: House, watch: Watch
) -> None:
    before = await of(house, "Grace Ito")
    await open_day(page)
    unreachable = page.get_by_role("alert").filter(has_text="The server cannot be reached.")
    await page.context.set_offline(True)
    await drag(page, event(page, "Grace Ito"), "Maya Chen", "14:00")
    await expect(unreachable).to_be_visible()
    watch.expect("ERR_INTERNET_DISCONNECTED")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Close").click()
    await event(page, "Grace Ito", "10:30").click()
    await page.get_by_label("To").fill("2026-12-01T14:00")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Move the appointment").click()
    await expect(unreachable).to_be_visible()
    watch.expect("ERR_INTERNET_DISCONNECTED")
    assert await of(house, "Grace Ito") == before
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Move the appointment").click()
    await expect(event(page, "Grace Ito", "14:00")).to_be_visible()


async def test_what_has_begun_is_not_dragged(page: Page, house: House) -> None:
    before = await of(house, "Ada Garcia")
    await open_day(page)
    await drag(page, event(page, "Ada Garcia"), "Maya Chen", "12:00")
    await event(page, "Ada Garcia").click()
    await expect(page.get_by_role("dialog").get_by_text(before.code)).to_be_visible()
    await expect(page.get_by_role("button", name="Move the appointment")).to_have_count(0)
    assert await of(house, "Ada Garcia") == before


async def test_a_drag_in_the_week_keeps_who_does_it(page: Page, house: House) -> None:
    wednesday, thursday = date(2026, 12, 2), date(2026, 12, 3)
    before = await of(house, "Grace Garcia", wednesday)
    await open_day(page, "?view=week")
    await drag(page, event(page, "Grace Garcia"), "Thu 3", "10:00")
    await expect(page.get_by_role("status")).to_contain_text("Thursday 10:00, Ana Flores")
    moved = await of(house, "Grace Garcia", thursday)
    assert moved.therapists == before.therapists == ("Ana Flores",)


async def test_the_keyboard_does_what_the_mouse_does(page: Page, house: House) -> None:
    await open_day(page)
    await event(page, "Grace Ito").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("To")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(event(page, "Grace Ito")).to_be_focused()
    await page.keyboard.press("Enter")
    # The hours of 12/01/2026, 10:30 AM: the day and its month and year are passed by.
    await expect(dialog.get_by_label("To")).to_be_focused()
    for key in ("Tab", "Tab", "Tab", "0", "2", "0", "0", "p", "Enter"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("status")).to_contain_text("Moved: Prenatal massage")
    await expect(event(page, "Grace Ito", "14:00")).to_be_focused()
    assert f"{(await of(house, 'Grace Ito')).starts_at:%H:%M}" == "14:00"
    await page.get_by_role("link", name="New appointment").focus()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("When")).to_be_focused()


async def test_an_appointment_is_cancelled(page: Page, house: House) -> None:
    gone = await of(house, "Deniz Diaz")
    await open_day(page)
    await event(page, "Deniz Diaz").click()
    await page.locator("form[action$=cancel]").get_by_label("Reason").fill("she is ill")
    await page.get_by_role("button", name="Cancel the appointment").click()
    await expect(page.get_by_role("status")).to_contain_text("Cancelled: Classic facial")
    await expect(event(page, "Deniz Diaz")).to_have_count(0)
    change = await last_change(house, gone)
    assert (change.who, change.action, change.why) == (ROSA, "cancelled", "she is ill")


async def test_who_walks_in_gets_the_next_free_time(page: Page, house: House, watch: Watch) -> None:
    await open_day(page)
    await page.get_by_role("link", name="Walk-in").click()
    await page.get_by_label("Treatment").select_option(label="Body scrub, 45 minutes")
    await page.get_by_label("Customer's name").fill("Wanda Weber")
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("alert")).to_contain_text("That time is taken.")
    await expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(3)
    watch.expect("409")
    in_the_way = await of(house, "Nils Novak")
    await house.desk.cancel(Actor.staff("Ben"), in_the_way.code)
    await page.get_by_role("button", name="Book").click()
    await expect(page.get_by_role("status")).to_contain_text("Tuesday 10:10, Sofia Lindqvist")
    await expect(event(page, "Wanda Weber", "10:10")).to_be_visible()
    assert (await last_change(house, await of(house, "Wanda Weber"))).who == ROSA


async def test_time_is_blocked_and_put_back(page: Page, house: House, watch: Watch) -> None:
    standing = await of(house, "Ada Eriksen")
    await open_day(page)
    await page.get_by_role("link", name="Block time").click()
    await page.get_by_label("Whom or what").select_option(label="Ana Flores")
    await page.get_by_label("From").fill("2026-12-01T13:00")
    await page.get_by_label("Until").fill("2026-12-01T18:00")
    await page.get_by_label("Reason").fill("dentist")
    await page.get_by_role("button", name="Block").click()
    await expect(page.get_by_role("alert")).to_have_text(
        f"Move these appointments first: {standing.code}."
    )
    watch.expect("409")
    await page.get_by_label("Until").fill("2026-12-01T16:00")
    await page.get_by_role("button", name="Block").click()
    await expect(page.get_by_role("status")).to_contain_text("Blocked: Ana Flores")
    await expect(event(page, "Blocked", "dentist")).to_be_visible()
    await expect(page.get_by_role("link", name="Ana Flores, Tuesday 13:00")).to_be_visible()
    assert "Ana Flores" in [block.resource for block in await house.desk.blocks_on(TODAY)]
    await event(page, "Blocked", "dentist").click()
    await page.get_by_role("button", name="Put it back on the book").click()
    await expect(event(page, "Blocked")).to_have_count(0)
    assert "Ana Flores" not in [block.resource for block in await house.desk.blocks_on(TODAY)]


async def test_what_callers_book_appears_by_itself(page: Page, house: House) -> None:
    await page.clock.install(time=MOMENT)
    await open_day(page)
    treatment = house.desk.catalog.treatment_named("swedish")
    at = MOMENT.replace(hour=14, minute=30)
    request = BookingRequest(treatment, at, therapist="Ana Flores", name="Wanda Weber")
    await house.desk.book(request, Actor("caller", "+12125550250", "CA-wanda"))
    await expect(event(page, "Wanda Weber")).to_have_count(0)
    await page.clock.run_for(31_000)
    await expect(event(page, "Wanda Weber", "14:30")).to_be_visible()


async def test_whose_session_ended_is_asked_to_log_in(page: Page) -> None:
    await open_day(page)
    await page.context.clear_cookies()
    await event(page, "Grace Ito").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


async def test_a_finger_on_a_phone_opens_and_drags(chromium: Browser, house: House) -> None:
    context = await open_context(chromium, house.origin, size=PHONE, touch=True)
    page, watch = await context.new_page(), Watch()
    await watch.watch(context)
    await log_in(page)
    await page.clock.install(time=MOMENT)
    await open_day(page)
    await event(page, "Grace Ito").tap()
    box = await page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE[0]
    await page.get_by_role("button", name="Close").tap()
    await drag_by_finger(page, event(page, "Grace Ito"), "Maya Chen", "14:00")
    await expect(page.get_by_role("status")).to_contain_text("Moved: Prenatal massage")
    assert f"{(await of(house, 'Grace Ito')).starts_at:%H:%M}" == "14:00"
    assert watch.complaints == []
    await context.close()
