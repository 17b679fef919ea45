import json
from datetime import date
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.adapters.llm.services.open_ai_realtime_adapter import OpenAIRealtimeLLMAdapter
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk
from booking.spa import Messages
from tests.tools.setting import MARIA, Call, open_desk
from tools import (
    RECEPTIONIST_TOOLS,
    book_appointment,
    cancel_appointment,
    check_availability,
    get_customer_history,
    join_waitlist,
    list_treatments,
    reschedule_appointment,
    save_customer_details,
)

TUESDAY_AT_TWO = {
    "service": "hot stones",
    "date": "2026-03-10",
    "time": "14:00",
    "name": "Maria Lopez",
}
WISH = {key: value for key, value in TUESDAY_AT_TWO.items() if key != "name"}


async def booked(call: Call, **changes: str) -> dict[str, Any]:
    result = await call.use(book_appointment, **(TUESDAY_AT_TWO | changes))
    assert result["ok"], result
    return result


async def test_an_offered_opening_is_booked_by_its_id(maria: Call) -> None:
    offer = await maria.use(check_availability, **WISH)
    opening_id = offer["openings"][0]["opening_id"]
    result = await maria.use(book_appointment, opening_id=opening_id, name=" Maria Lopez ")
    assert result["message"] == (
        "You are booked: Hot stone massage, Tuesday, March 10 at 2 PM, with Ana Flores."
    )
    appointment = result["appointment"]
    assert (appointment["date"], appointment["time"], appointment["weekday"]) == (
        "2026-03-10",
        "14:00",
        "Tuesday",
    )
    customer = await maria.context.desk.customer_by_phone(maria.context.phone)
    assert customer is not None
    assert customer.name == "Maria Lopez"


async def test_the_same_tool_call_books_once_and_so_does_the_same_wish(maria: Call) -> None:
    first = await maria.use(book_appointment, tool_call_id="t", **TUESDAY_AT_TWO)
    again = await maria.use(book_appointment, tool_call_id="t", **TUESDAY_AT_TWO)
    said_twice = await maria.use(book_appointment, **TUESDAY_AT_TWO)
    codes = {result["appointment"]["code"] for result in (first, again, said_twice)}
    assert len(codes) == 1
    assert len((await maria.use(get_customer_history))["upcoming"]) == 1


async def test_who_comes_second_hears_what_is_left(maria: Call, tom: Call) -> None:
    await booked(maria)
    result = await tom.use(book_appointment, **TUESDAY_AT_TWO)
    assert (result["ok"], result["reason"]) == (False, "opening_taken")
    assert [opening["time"] for opening in result["openings"]] == ["11:30", "12:00", "16:00"]
    assert result["message"].startswith("That time is taken. I could offer Tuesday, March 10 at")


async def test_a_wished_therapist_is_booked(maria: Call) -> None:
    result = await booked(maria, service="swedish", time="13:00", therapist="luca")
    assert result["appointment"]["therapist"] == "Luca Romano"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time": ""}, "What time would you like?"),
        ({"date": "soon"}, "I did not catch the day. Which day would you like?"),
        ({"opening_id": "nonsense"}, "There is no such opening. Look up the openings again."),
    ],
)
async def test_a_booking_that_cannot_be_read_asks_again(
    arguments: dict[str, str], message: str, maria: Call
) -> None:
    result = await maria.use(book_appointment, **(TUESDAY_AT_TWO | arguments))
    assert (result["ok"], result["message"]) == (False, message)


async def test_a_time_that_the_clocks_skip_is_not_booked(maria: Call) -> None:
    wish = {"date": "2026-03-08", "time": "02:30"}
    result = await maria.use(book_appointment, **(TUESDAY_AT_TWO | wish))
    assert not result["ok"]
    assert "clocks go forward" in result["message"]


async def test_the_only_coming_appointment_is_cancelled_without_a_code(maria: Call) -> None:
    await booked(maria)
    result = await maria.use(cancel_appointment, reason="ill")
    assert result["message"] == (
        "I have cancelled your appointment: Hot stone massage, Tuesday, March 10 at 2 PM, "
        "with Ana Flores."
    )
    assert (await maria.use(get_customer_history))["upcoming"] == []


async def test_nobody_cancels_or_hears_what_others_booked(
    maria: Call, tom: Call, nobody: Call
) -> None:
    code = (await booked(maria))["appointment"]["code"]
    for stranger in (tom, nobody):
        assert not (await stranger.use(cancel_appointment, code=code))["ok"]
        history = await stranger.use(get_customer_history)
        assert history["upcoming"] == []
        assert history["message"] == "You have no coming appointment under this number."
    assert len((await maria.use(get_customer_history))["upcoming"]) == 1


async def test_a_history_tells_what_is_to_come_in_order(maria: Call) -> None:
    await booked(maria)
    await booked(maria, service="facial", date="2026-03-11", time="10:00")
    result = await maria.use(get_customer_history)
    assert result["message"] == (
        "Your coming appointments: Hot stone massage, Tuesday, March 10 at 2 PM and "
        "Classic facial, Wednesday, March 11 at 10 AM."
    )


async def test_every_result_is_json_that_tells_the_day(maria: Call) -> None:
    for result in (await booked(maria), await maria.use(cancel_appointment, code="WRONG")):
        assert json.loads(json.dumps(result))["today"] == "Tuesday 2026-03-03"


def test_the_model_gets_a_schema_that_explains_every_argument() -> None:
    schema = ToolsSchema(standard_tools=list(RECEPTIONIST_TOOLS))
    functions = OpenAIRealtimeLLMAdapter().to_provider_tools_format(schema)
    names = [tool.__name__ for tool in RECEPTIONIST_TOOLS]
    assert [function["name"] for function in functions] == names
    for function in functions:
        assert 20 < len(function["description"]) <= 1024
        for argument in function["parameters"]["properties"].values():
            assert argument["type"] in {"string", "integer", "boolean", "array"}
            assert argument["description"]


async def test_nobody_is_booked_without_a_name(maria: Call) -> None:
    result = await maria.use(book_appointment, **WISH)
    assert (result["ok"], result["reason"]) == (False, "name_needed")
    assert (await maria.use(book_appointment, **TUESDAY_AT_TWO))["ok"]
    assert (await maria.use(book_appointment, **(WISH | {"date": "2026-03-11"})))["ok"]


async def test_a_withheld_number_books_unverified_with_a_number_to_call_back(nobody: Call) -> None:
    result = await nobody.use(book_appointment, **TUESDAY_AT_TWO, phone="212 555 0147")
    assert (result["ok"], result["verified"]) == (True, False)
    [(_, customer)] = await nobody.context.desk.agenda(date(2026, 3, 10))
    assert (customer.phone, customer.contact) == (None, "+12125550147")
    assert customer.name == "Maria Lopez"


@pytest.mark.parametrize("number", ["12", "none", "+1", "five five five"])
async def test_a_number_that_cannot_be_is_asked_for_again(number: str, nobody: Call) -> None:
    result = await nobody.use(book_appointment, **TUESDAY_AT_TWO, phone=number)
    assert (result["ok"], result["reason"]) == (False, "unclear")
    assert "digit by digit" in result["message"]


async def test_an_appointment_moves_to_an_offered_opening(maria: Call) -> None:
    await booked(maria)
    offer = await maria.use(check_availability, service="hot stones", date="2026-03-11")
    opening = offer["openings"][0]
    result = await maria.use(reschedule_appointment, opening_id=opening["opening_id"])
    assert "moved your appointment: Hot stone massage, Wednesday" in result["message"]
    assert result["appointment"]["time"] == opening["time"]
    assert len((await maria.use(get_customer_history))["upcoming"]) == 1


async def test_an_appointment_moves_to_a_wished_time_and_therapist(maria: Call) -> None:
    await booked(maria, service="swedish", time="11:00")
    wish = {"date": "2026-03-11", "time": "15:30", "therapist": "luca"}
    result = await maria.use(reschedule_appointment, **wish)
    assert result["appointment"]["therapist"] == "Luca Romano"
    other = await maria.use(reschedule_appointment, service="deep tissue", **wish)
    assert other["appointment"]["treatment"] == "Deep tissue massage"


async def test_a_time_that_is_taken_leaves_the_appointment_where_it_is(
    maria: Call, tom: Call
) -> None:
    await booked(maria)
    await booked(tom, time="16:00", name="Tom Baker")
    result = await maria.use(reschedule_appointment, date="2026-03-10", time="16:00")
    assert (result["ok"], result["reason"]) == (False, "opening_taken")
    assert (await maria.use(get_customer_history))["upcoming"][0]["time"] == "14:00"


async def test_a_late_cancellation_needs_a_yes_to_the_fee(maria: Call) -> None:
    await booked(maria, date="2026-03-03", time="16:00")
    refused = await maria.use(cancel_appointment)
    assert (refused["ok"], refused["reason"]) == (False, "fee_applies")
    assert refused["message"] == (
        "A cancellation less than 24 hours ahead costs half of the price. "
        "Shall I cancel it all the same?"
    )
    result = await maria.use(cancel_appointment, fee="accepted")
    assert result["ok"]
    assert result["message"].endswith("costs half of the price.")


async def test_treatments_are_told_with_time_and_price(maria: Call) -> None:
    everything = await maria.use(list_treatments)
    assert len(everything["treatments"]) == 8
    assert everything["message"].startswith("We offer Swedish massage, ")
    one = await maria.use(list_treatments, service="couples")
    assert one["message"] == "Couples massage takes 60 minutes and costs $220."
    assert one["treatments"][0]["people"] == 2


async def test_who_finds_nothing_waits(maria: Call) -> None:
    wish = {"service": "hot stones", "date": "2026-03-10", "until": "2026-03-12"}
    refused = await maria.use(join_waitlist, **wish)
    assert refused["reason"] == "name_needed"
    result = await maria.use(join_waitlist, **wish, name="Maria Lopez", part_of_day="morning")
    assert result["message"] == (
        "You are on the waitlist for Hot stone massage, Tuesday, March 10 until Thursday, "
        "March 12. We send you a text message when something is free."
    )
    day = await maria.use(join_waitlist, service="facial", date="2026-03-10", therapist="maya")
    assert "Classic facial, Tuesday, March 10. We" in day["message"]
    assert len(await maria.context.desk.waitlist(maria.context.phone)) == 2


async def test_waiting_needs_days_in_order_and_a_number(maria: Call, nobody: Call) -> None:
    backwards = {"service": "facial", "date": "2026-03-12", "until": "2026-03-10", "name": "M L"}
    assert (await maria.use(join_waitlist, **backwards))["reason"] == "unclear"
    assert "withheld" in (await nobody.use(join_waitlist, **backwards))["message"]


async def test_details_are_written_down(maria: Call, nobody: Call) -> None:
    result = await maria.use(
        save_customer_details, name="Maria Lopez", language="ES", preferences="no lavender"
    )
    assert result["ok"]
    customer = await maria.context.desk.customer_by_phone(maria.context.phone)
    assert customer is not None
    assert (customer.name, customer.language, customer.preferences, customer.contact) == (
        "Maria Lopez",
        "es",
        "no lavender",
        "",
    )
    unspoken = await maria.use(save_customer_details, language="fr")
    assert unspoken["message"] == "We speak en and es here."
    assert (await nobody.use(save_customer_details, phone="+12125550147"))["ok"]


async def test_what_a_withheld_caller_says_before_booking_belongs_to_the_booking(
    nobody: Call,
) -> None:
    for _ in range(2):  # a tool call that was given up in the middle is asked once more
        told = await nobody.use(
            save_customer_details, tool_call_id="t", name="Zoe Hall", preferences="no lavender"
        )
        assert told["ok"]
    await booked(nobody, phone="212 555 0147", name="Zoe Hall")
    [(_, customer)] = await nobody.context.desk.agenda(date(2026, 3, 10))
    assert (customer.name, customer.preferences, customer.contact) == (
        "Zoe Hall",
        "no lavender",
        "+12125550147",
    )
    known = await nobody.context.desk.customers("Zoe", first=0, most=9)
    assert known == (customer,)


async def test_two_who_come_at_once_are_booked_with_a_therapist_each(maria: Call) -> None:
    wish = {"service": "Swedish massage", "date": "2026-03-10", "time": "14:00"}
    appointments: list[dict[str, Any]] = []
    for name in ("Maria Lopez", "Ines Lopez"):
        offer = (await maria.use(check_availability, **wish))["openings"][0]
        result = await maria.use(book_appointment, opening_id=offer["opening_id"], name=name)
        assert result["appointment"]["therapist"] == offer["therapist"]
        appointments.append(result["appointment"])
    assert len({appointment["code"] for appointment in appointments}) == 2


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_a_day_at_an_end_of_the_calendar_is_asked_for_again(day: str, maria: Call) -> None:
    for time in ("00:00", "23:30"):
        wish = WISH | {"date": day, "time": time}
        looked = await maria.use(check_availability, **wish)
        booked = await maria.use(book_appointment, **wish, name="Maria Lopez")
        for result in (looked, booked):
            assert result["reason"] == "unclear"


async def test_nobody_waits_for_a_text_that_is_never_sent(
    desk: BookingDesk, engine: AsyncEngine
) -> None:
    wish = {"service": "facial", "date": "2026-03-10", "name": "Ada Byron"}
    quiet = desk.catalog.model_copy(update={"messages": Messages(enabled=False)})
    for call in (Call(desk, "+442079460000"), Call(open_desk(engine, quiet), MARIA)):
        refused = await call.use(join_waitlist, **wish)
        assert (refused["ok"], "cannot text" in refused["message"]) == (False, True)
    assert await desk.waitlist() == ()
