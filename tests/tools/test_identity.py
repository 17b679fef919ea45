from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.catalog import load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor
from tests.tools.setting import MARIA, SPA_FILE, TOM, ZONE, Call, open_desk
from tools import (
    book_appointment,
    cancel_appointment,
    get_customer_history,
    reschedule_appointment,
    save_customer_details,
)

TUESDAY = {"service": "hot stones", "date": "2026-03-10", "time": "14:00"}


@pytest.fixture
async def code(desk: BookingDesk) -> str:
    """Maria booked in an earlier call."""
    earlier = Call(desk, MARIA, "CA0")
    result = await earlier.use(book_appointment, **TUESDAY, name="Maria Lopez")
    return result["appointment"]["code"]


@pytest.fixture
def later(desk: BookingDesk, code: str) -> Call:
    """Somebody calls with Maria's number."""
    return Call(desk, MARIA, "CA9")


async def test_a_number_alone_opens_nothing(later: Call) -> None:
    for tool in (get_customer_history, cancel_appointment):
        result = await later.use(tool)
        assert (result["ok"], result["reason"]) == (False, "second_fact_needed")
        assert "Lopez" not in str(result)
    moved = await later.use(reschedule_appointment, date="2026-03-11", time="14:00")
    assert moved["reason"] == "second_fact_needed"


@pytest.mark.parametrize("name", ["Maria Lopez", "lopez, maria", "Maria Lopes"])
async def test_the_full_name_opens_the_bookings_for_the_rest_of_the_call(
    name: str, later: Call
) -> None:
    history = await later.use(get_customer_history, name=name)
    assert len(history["upcoming"]) == 1
    assert (await later.use(cancel_appointment))["ok"]


async def test_the_code_opens_them_too(later: Call, code: str) -> None:
    spelled = " ".join(code.lower())
    assert (await later.use(cancel_appointment, code=spelled))["ok"]


@pytest.mark.parametrize("name", ["Maria", "Lopez", "Maria Smith", "Tom Baker", "the same", "?"])
async def test_a_part_of_the_name_or_another_one_opens_nothing(name: str, later: Call) -> None:
    result = await later.use(get_customer_history, name=name)
    assert (result["ok"], result["reason"]) == (False, "second_fact_wrong")


async def test_after_three_wrong_names_the_right_one_no_longer_helps(later: Call) -> None:
    reasons = [
        (await later.use(get_customer_history, name=name))["reason"]
        for name in ("Anna Lopez", "Maria Perez", "Marta Gomez", "Maria Lopez")
    ]
    assert reasons == ["second_fact_wrong", "second_fact_wrong", "not_proven", "not_proven"]


async def test_what_was_booked_in_this_very_call_needs_no_proof(later: Call, code: str) -> None:
    mine = await later.use(book_appointment, **(TUESDAY | {"date": "2026-03-11"}))
    own = mine["appointment"]["code"]
    refused = await later.use(cancel_appointment, code="")
    assert refused["reason"] == "second_fact_needed"
    assert (await later.use(get_customer_history, code=own))["reason"] == "second_fact_wrong"
    assert (await later.use(cancel_appointment, code=own))["ok"]
    # The code that this call got by itself proves nothing for what was there before.
    assert (await later.use(get_customer_history, code=own))["reason"] == "second_fact_wrong"


async def test_a_number_alone_does_not_tell_its_owners_name(
    desk: BookingDesk, later: Call, code: str
) -> None:
    await desk.cancel(Actor("caller", MARIA, "CA0"), code)
    for _ in range(2):
        history = await later.use(get_customer_history)
        assert history["ok"]
        assert "Lopez" not in str(history)
        await later.use(book_appointment, **(TUESDAY | {"date": "2026-03-11"}))


async def test_a_forged_number_cannot_rename_the_customer_to_prove_itself(later: Call) -> None:
    result = await later.use(save_customer_details, name="Eve Adams")
    assert result["reason"] == "second_fact_needed"
    assert (await later.use(save_customer_details, preferences="tea"))["ok"]


async def test_a_code_does_not_open_what_others_booked(desk: BookingDesk, code: str) -> None:
    for phone in (TOM, None):
        stranger = Call(desk, phone, "CA8")
        assert (await stranger.use(cancel_appointment, code=code))["reason"] == "not_yours"


async def test_a_spa_may_ask_for_no_second_fact(engine: AsyncEngine, code: str) -> None:
    catalog = load_catalog(SPA_FILE)
    policies = catalog.policies.model_copy(update={"second_fact": False})
    desk = open_desk(engine, catalog.model_copy(update={"policies": policies}))
    assert len((await Call(desk, MARIA, "CA9").use(get_customer_history))["upcoming"]) == 1


async def test_a_forged_number_cannot_name_a_customer_without_a_name(desk: BookingDesk) -> None:
    request = BookingRequest(
        desk.catalog.treatment_named("hot stones"),
        datetime(2026, 3, 10, 14, tzinfo=ZONE),
        phone=MARIA,
    )
    await desk.book(request, Actor.staff("Eva"))
    forger = Call(desk, MARIA, "CA8")
    mine = await forger.use(
        book_appointment, **(TUESDAY | {"date": "2026-03-11"}), name="Eve Adams"
    )
    assert mine["ok"]
    again = Call(desk, MARIA, "CA9")
    result = await again.use(get_customer_history, name="Eve Adams")
    assert result["reason"] == "second_fact_wrong"
    [_, booked] = (await desk.history(MARIA)).upcoming
    assert booked.note == "Booked under the name Eve Adams."
