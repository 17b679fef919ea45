import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.catalog import load_catalog
from booking.desk import BookingDesk
from booking.models import Actor
from tests.tools.setting import MARIA, SPA_FILE, TOM, Call, open_desk
from tools import book_appointment
from tools.facts import caller_facts

TUESDAY = {"service": "hot stones", "date": "2026-03-10", "time": "14:00"}


@pytest.fixture
async def known(desk: BookingDesk) -> BookingDesk:
    await Call(desk, MARIA).use(book_appointment, **TUESDAY, name="Maria Lopez")
    details = {"language": "es", "preferences": "no lavender", "loyalty": "gold"}
    await desk.save_customer(Actor.staff("Noor"), phone=MARIA, **details)
    return desk


async def test_a_new_caller_is_asked_for_a_name(desk: BookingDesk) -> None:
    facts = await caller_facts(desk, MARIA)
    assert "Now it is today, Tuesday, March 3, 9 AM (2026-03-03, America/New_York)." in facts
    assert f"The caller's number is {MARIA}, a new caller. Ask for the full name." in facts
    consent = "This call is transcribed."
    assert f'Greet the caller now with: "{consent} Thank you for calling Serenity Spa.' in facts


async def test_who_was_greeted_already_is_not_greeted_again(desk: BookingDesk) -> None:
    facts = await caller_facts(desk, MARIA, greeted=True)
    assert facts.endswith("Do not greet again.")
    assert "Greet the caller now" not in facts


async def test_a_known_caller_is_greeted_by_first_name_and_nothing_more_is_given_away(
    known: BookingDesk,
) -> None:
    facts = await caller_facts(known, MARIA)
    assert f"The caller's number is {MARIA}: Maria, a known customer." in facts
    assert 'Greet the caller now with: "Hello Maria!" and then "This call is' in facts
    for told in ("Loyalty status: gold.", "Speaks: es.", "no lavender", "Coming appointments: 1."):
        assert told in facts
    assert "Lopez" not in facts
    assert "March 10" not in facts
    assert "Maria" not in await caller_facts(known, TOM)


async def test_a_name_of_one_word_is_the_second_fact_and_not_said(desk: BookingDesk) -> None:
    await Call(desk, MARIA).use(book_appointment, **TUESDAY, name="Cher")
    facts = await caller_facts(desk, MARIA)
    assert "Cher" not in facts
    assert "no name to be said, a known customer." in facts


async def test_without_a_second_fact_appointments_are_known(
    known: BookingDesk, engine: AsyncEngine
) -> None:
    catalog = load_catalog(SPA_FILE)
    policies = catalog.policies.model_copy(update={"second_fact": False})
    desk = open_desk(engine, catalog.model_copy(update={"policies": policies}))
    facts = await caller_facts(desk, MARIA)
    assert "Maria Lopez, a known customer." in facts
    assert "Hot stone massage, Tuesday, March 10 at 2 PM." in facts


async def test_the_usual_treatment_is_known(known: BookingDesk) -> None:
    later = known.with_clock(lambda: known.now().replace(month=4))
    facts = await caller_facts(later, MARIA)
    assert "Visits so far: 1." in facts
    assert "Usually has: Hot stone massage." in facts


async def test_a_withheld_number_is_nobody(desk: BookingDesk) -> None:
    assert "The caller's number is withheld" in await caller_facts(desk, None)
    assert "unverified" in await caller_facts(desk, None)
