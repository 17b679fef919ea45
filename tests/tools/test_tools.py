import json
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.adapters.llm.services.open_ai_realtime_adapter import OpenAIRealtimeLLMAdapter

from booking.desk import BookingDesk
from tests.tools.setting import MARIA, TOM, Call
from tools import (
    RECEPTIONIST_TOOLS,
    book_appointment,
    cancel_appointment,
    check_availability,
    get_customer_history,
)
from tools.facts import caller_facts

TUESDAY_AT_TWO = {"service": "hot stones", "date": "2026-03-10", "time": "14:00"}


async def booked(call: Call, **changes: str) -> dict[str, Any]:
    result = await call.use(book_appointment, **(TUESDAY_AT_TWO | changes))
    assert result["ok"], result
    return result


async def test_an_offered_opening_is_booked_by_its_id(maria: Call) -> None:
    offer = await maria.use(check_availability, **TUESDAY_AT_TWO)
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
    assert (await maria.use(get_customer_history))["name"] == "Maria Lopez"


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
    assert [function["name"] for function in functions] == [
        "check_availability",
        "book_appointment",
        "cancel_appointment",
        "get_customer_history",
    ]
    for function in functions:
        assert 20 < len(function["description"]) <= 1024
        for argument in function["parameters"]["properties"].values():
            assert argument["type"] == "string"
            assert argument["description"]


async def test_a_new_caller_is_asked_for_a_name(desk: BookingDesk) -> None:
    facts = await caller_facts(desk, MARIA)
    assert "Now it is today, Tuesday, March 3, 9 AM (2026-03-03)." in facts
    assert f"The caller's number is {MARIA}, a new caller. Ask for a name." in facts
    assert 'Greet the caller now with: "Thank you for calling Serenity Spa.' in facts


async def test_a_known_caller_is_told_by_name_and_appointments(
    desk: BookingDesk, maria: Call
) -> None:
    await booked(maria, name="Maria Lopez")
    facts = await caller_facts(desk, MARIA)
    assert f"The caller's number is {MARIA}: Maria Lopez, a known customer." in facts
    assert "Hot stone massage, Tuesday, March 10 at 2 PM." in facts
    assert "Maria" not in await caller_facts(desk, TOM)


async def test_a_withheld_number_is_nobody(desk: BookingDesk) -> None:
    assert "The caller's number is withheld." in await caller_facts(desk, None)
