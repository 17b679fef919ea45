import asyncio
from datetime import datetime
from typing import Any

import pytest
from pipecat.frames.frames import TTSSpeakFrame

import tools.answers
from booking.desk import BookingDesk
from telephony.frames import LeaveFrame
from tests.tools.setting import MARIA, ZONE, Call
from tools import book_appointment, end_call, list_treatments, take_message, transfer_to_staff
from tools.answers import FILLER

MIDNIGHT = datetime(2026, 3, 3, 23, tzinfo=ZONE)
TUESDAY = {"service": "hot stones", "date": "2026-03-10", "time": "14:00", "name": "Maria Lopez"}


@pytest.fixture
def at_night(desk: BookingDesk) -> Call:
    return Call(desk.with_clock(lambda: MIDNIGHT), MARIA)


def left(call: Call) -> list[bool]:
    return [frame.to_person for frame in call.worker.frames if isinstance(frame, LeaveFrame)]


async def test_in_hours_the_caller_is_handed_to_a_person(maria: Call) -> None:
    result = await maria.use(transfer_to_staff, reason="a bill")
    assert (result["ok"], left(maria)) == (True, [True])


async def test_at_night_the_caller_chooses_message_or_voicemail(at_night: Call) -> None:
    refused = await at_night.use(transfer_to_staff)
    assert (refused["reason"], left(at_night)) == ("desk_closed", [])
    assert "They are back tomorrow, Wednesday, March 4 at 9 AM." in refused["message"]
    assert (await at_night.use(transfer_to_staff, voicemail="yes"))["ok"]
    assert left(at_night) == [True]


async def test_a_message_is_kept_once(maria: Call, nobody: Call) -> None:
    for _ in range(2):
        await maria.use(take_message, tool_call_id="t", message="I lost a scarf", name="Maria")
    await nobody.use(take_message, message="Call me", phone="212 555 0147")
    assert (await maria.use(take_message, message=" "))["reason"] == "unclear"
    latest, first = await maria.context.desk.messages()
    assert (first.text, first.name, first.contact, first.verified) == (
        "I lost a scarf",
        "Maria",
        MARIA,
        True,
    )
    assert (latest.contact, latest.verified) == ("+12125550147", False)


async def test_the_goodbye_is_asked_for_once(maria: Call) -> None:
    first = await maria.use(end_call)
    assert (first["message"], maria.properties) == ("Say goodbye now, in one sentence.", None)
    await maria.use(end_call)
    assert maria.properties.run_llm is False
    assert left(maria) == [False, False]


async def test_a_slow_tool_is_bridged_by_a_few_words(
    maria: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools.answers, "FILLER_SECS", 0)
    monkeypatch.setattr(BookingDesk, "today", lambda desk: MIDNIGHT.date())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    async def slow(*_: Any, **__: Any) -> None:
        while not maria.llm.frames:  # noqa: ASYNC110
            await asyncio.sleep(0)

    monkeypatch.setattr(BookingDesk, "take_message", slow)
    assert (await maria.use(take_message, message="hello"))["ok"]
    [spoken] = maria.llm.frames
    assert isinstance(spoken, TTSSpeakFrame)
    assert spoken.text == FILLER


async def test_a_quick_tool_says_nothing_by_itself(maria: Call) -> None:
    await maria.use(list_treatments)
    assert maria.llm.frames == []


async def test_a_tool_that_hangs_is_given_up_after_a_second_look(
    maria: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools.answers, "TOOL_SECS", 0.01)
    monkeypatch.setattr(tools.answers, "AGAIN_SECS", 0.01)
    looks: list[int] = []

    async def hang(*_: Any, **__: Any) -> None:
        looks.append(1)
        await asyncio.Event().wait()

    monkeypatch.setattr(BookingDesk, "book", hang)
    result = await maria.use(book_appointment, **TUESDAY)
    assert (result["ok"], result["reason"], len(looks)) == (False, "timeout", 2)


async def test_a_booking_that_was_written_but_took_too_long_is_found_by_the_second_look(
    maria: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools.answers, "TOOL_SECS", 0.5)
    book, looks = BookingDesk.book, list[int]()

    async def slow_after_commit(*arguments: Any) -> Any:
        appointment = await book(*arguments)
        looks.append(1)
        if len(looks) == 1:
            await asyncio.Event().wait()
        return appointment

    monkeypatch.setattr(BookingDesk, "book", slow_after_commit)
    assert (await maria.use(book_appointment, **TUESDAY))["ok"]
    assert len((await maria.context.desk.history(MARIA)).upcoming) == 1


async def test_a_caller_who_hangs_up_does_not_stop_a_booking_half_way(
    maria: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, begun, go_on = BookingDesk.book, asyncio.Event(), asyncio.Event()

    async def wait_then_book(*arguments: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await book(*arguments)

    monkeypatch.setattr(BookingDesk, "book", wait_then_book)
    call = asyncio.create_task(maria.use(book_appointment, **TUESDAY))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go_on.set()
    await asyncio.gather(*maria.context.writes)
    assert len((await maria.context.desk.history(MARIA)).upcoming) == 1
