from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor, Customer
from booking.tables import AuditRow, CustomerRow
from calls.records import CallRecords
from receptionist import now
from tests.dashboard.browser import Browser

ADA = Actor("caller", "+12125550001", "CA-ada", "t1")
EVIL = "Ada <script>alert(1)</script>"

Sessions = async_sessionmaker[AsyncSession]


async def books(desk: BookingDesk, actor: Actor, name: str) -> Customer:
    treatment = desk.catalog.treatment_named("hot stones")
    first = desk.today() + timedelta(days=2)
    found = await desk.find_openings(treatment, first, last_day=first + timedelta(days=14))
    request = BookingRequest(treatment, found.openings[0].starts_at, name=name)
    appointment = await desk.book(request, actor)
    known = await desk.customer(appointment.customer_id)
    assert known is not None
    return known[0]


@pytest.fixture
async def ada(desk: BookingDesk) -> Customer:
    return await books(desk, ADA, EVIL)


async def test_customers_are_found_by_name_and_number(
    browser: Browser, desk: BookingDesk, ada: Customer
) -> None:
    ben = await books(desk, Actor("caller", "+12125550002", "CA-ben", "t1"), "Ben 100%")
    await browser.log_in()
    for words, found in (
        ("", {ada.id, ben.id}),
        ("ADA", {ada.id}),
        ("100%", {ben.id}),
        ("%", {ben.id}),
        ("(212) 555-0002", {ben.id}),
        ("nobody", set[int]()),
    ):
        answer = await browser.http.get("/customers", params={"words": words})
        shown = {one.id for one in (ada, ben) if f'/customers/{one.id}"' in answer.text}
        assert shown == found, words
        assert "<script>alert" not in answer.text


async def test_many_customers_are_several_pages(browser: Browser, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in range(51):
            row = CustomerRow(phone=f"+1212555{number:04}", name=f"{number:02}", created_at=now())
            session.add(row)
    await browser.log_in()
    first = await browser.read("/customers")
    assert ">49</a>" in first
    assert ">50</a>" not in first
    assert "number=1" in first
    second = await browser.read("/customers?number=1")
    assert ">50</a>" in second
    assert ">49</a>" not in second
    assert "After these" not in second


async def test_the_staff_write_down_what_they_know(
    browser: Browser, desk: BookingDesk, sessions: Sessions, ada: Customer
) -> None:
    await browser.log_in("Rosa")
    path = f"/customers/{ada.id}"
    shown = await browser.read(path)
    assert "Hot stone massage" in shown
    assert "<script>alert" not in shown
    answer = await browser.send(path, path, name="Ada", notes="likes\ntea", loyalty="gold")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard{path}")
    known = await desk.customer_by_phone(ADA.phone)
    assert known is not None
    assert (known.name, known.notes, known.loyalty) == ("Ada", "likes\ntea", "gold")
    async with sessions() as session:
        query = select(AuditRow).where(AuditRow.action == "customer_saved")
        (entry,) = await session.scalars(query)
        assert (entry.who, entry.facts) == (
            "staff:Rosa",
            {"changed": ["loyalty", "name", "notes"]},
        )


async def test_a_customer_is_forgotten_after_a_question(
    browser: Browser, desk: BookingDesk, sessions: Sessions, ada: Customer
) -> None:
    records = CallRecords(sessions, now)
    await records.ring("CA-ada", caller=ADA.phone, dialled="+15005550001")
    await browser.log_in("Rosa")
    path = f"/customers/{ada.id}"
    question = await browser.read(f"{path}/forget")
    assert "1 appointment stays" in question
    assert await desk.customer_by_phone(ADA.phone) is not None
    answer = await browser.send(f"{path}/forget", f"{path}/forget")
    assert answer.status_code == 200
    assert "The customer is forgotten." in answer.text
    assert "Not deleted yet" not in answer.text
    assert await desk.customer_by_phone(ADA.phone) is None
    assert path not in await browser.read("/customers")
    async with sessions() as session:
        query = select(AuditRow.who).where(AuditRow.action == "customer_forgotten")
        assert (await session.scalars(query)).all() == ["staff:Rosa"]


async def test_who_has_no_number_is_forgotten_alone(
    browser: Browser, desk: BookingDesk, ada: Customer
) -> None:
    withheld = Actor("caller", None, "CA-none", "t1")
    eve = await books(desk, withheld, "Eve")
    assert ada.phone
    await desk.edit_customer(eve.id, Actor.staff("Rosa"), contact=ada.phone)
    await desk.take_message("Call me.", withheld, name="Eve", contact=ada.phone)
    await browser.log_in()
    await browser.send(f"/customers/{eve.id}/forget", f"/customers/{eve.id}/forget")
    assert await desk.customer_by_phone(ADA.phone) == ada
    known = await desk.customer(eve.id)
    assert known is not None
    assert (known[0].name, known[0].contact) == ("", "")


async def test_signs_that_no_database_keeps_are_left_out(
    browser: Browser, desk: BookingDesk, ada: Customer
) -> None:
    await browser.log_in()
    path = f"/customers/{ada.id}"
    await browser.read("/customers?words=%00")
    answer = await browser.send(path, path, notes="te\0a")
    assert answer.status_code == 303
    known = await desk.customer(ada.id)
    assert known is not None
    assert known[0].notes == "tea"
    for odd in ("0", "x", str(10**30)):
        await browser.read(f"/customers/{odd}", 400)


@pytest.mark.parametrize("path", ["/customers/999", "/customers/999/forget"])
async def test_nobody_is_nobody(browser: Browser, path: str) -> None:
    await browser.log_in()
    await browser.read(path, 404)
    answer = await browser.send("/customers", path, notes="x")
    assert answer.status_code == 404


async def test_nothing_is_changed_without_our_own_form(browser: Browser, ada: Customer) -> None:
    await browser.log_in()
    for path in (f"/customers/{ada.id}", f"/customers/{ada.id}/forget"):
        answer = await browser.http.post(path, data={"csrf": "a guess", "notes": "x"})
        assert answer.status_code == 403
