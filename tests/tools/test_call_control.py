import asyncio
from datetime import datetime

import pytest
from pipecat.frames.frames import TTSSpeakFrame
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.catalog import load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor, Appointment
from database import build_sessions
from telephony.frames import LeaveFrame
from tests.tools.setting import MARIA, NOW, SPA_FILE, ZONE, Call
from tools import book_appointment, end_call, list_treatments, take_message, transfer_to_staff
from tools.answers import FILLER
from tools.context import Patience

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


async def test_who_talks_from_elsewhere_than_a_telephone_can_leave_a_message(maria: Call) -> None:
    maria.context.is_telephone = False
    refused = await maria.use(transfer_to_staff, reason="a bill")
    assert (refused["reason"], left(maria)) == ("no_telephone", [])
    assert "write down a message" in refused["message"]


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


class Waiting(BookingDesk):
    """A desk at which work waits, before it is begun and after it is written."""

    async def before(self) -> None:
        """Wait for nothing."""

    async def after(self) -> None:
        """Wait for nothing."""

    async def book(self, request: BookingRequest, actor: Actor) -> Appointment:
        await self.before()
        appointment = await super().book(request, actor)
        await self.after()
        return appointment


def at(kind: type[Waiting], engine: AsyncEngine, **patience: float) -> Call:
    """Maria's call to a desk of that kind, with less patience than a caller has."""
    call = Call(kind(load_catalog(SPA_FILE), build_sessions(engine), lambda: NOW), MARIA)
    call.context.patience = Patience(**patience)
    return call


async def test_a_slow_tool_is_bridged_by_a_few_words(engine: AsyncEngine) -> None:
    class Slow(Waiting):
        async def before(self) -> None:
            while not call.llm.frames:  # noqa: ASYNC110
                await asyncio.sleep(0)

    call = at(Slow, engine, filler_secs=0)
    assert (await call.use(book_appointment, **TUESDAY))["ok"]
    [spoken] = call.llm.frames
    assert isinstance(spoken, TTSSpeakFrame)
    assert spoken.text == FILLER


async def test_a_quick_tool_says_nothing_by_itself(maria: Call) -> None:
    await maria.use(list_treatments)
    assert maria.llm.frames == []


async def test_a_tool_that_hangs_is_given_up_after_a_second_look(engine: AsyncEngine) -> None:
    looks: list[int] = []

    class Hanging(Waiting):
        async def before(self) -> None:
            looks.append(1)
            await asyncio.Event().wait()

    call = at(Hanging, engine, tool_secs=0.01, again_secs=0.01)
    result = await call.use(book_appointment, **TUESDAY)
    assert (result["ok"], result["reason"], len(looks)) == (False, "timeout", 2)


async def test_a_booking_that_was_written_but_took_too_long_is_found_by_the_second_look(
    engine: AsyncEngine,
) -> None:
    looks: list[int] = []

    class SlowAfterCommit(Waiting):
        async def after(self) -> None:
            looks.append(1)
            if len(looks) == 1:
                await asyncio.Event().wait()

    call = at(SlowAfterCommit, engine, tool_secs=0.5)
    assert (await call.use(book_appointment, **TUESDAY))["ok"]
    assert len((await call.context.desk.history(MARIA)).upcoming) == 1


async def test_a_caller_who_hangs_up_does_not_stop_a_booking_half_way(engine: AsyncEngine) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Waiting):
        async def before(self) -> None:
            begun.set()
            await go_on.wait()

    call = at(Slow, engine)
    use = asyncio.create_task(call.use(book_appointment, **TUESDAY))
    await begun.wait()
    use.cancel()
    with pytest.raises(asyncio.CancelledError):
        await use
    go_on.set()
    await asyncio.gather(*call.context.writes)
    assert len((await call.context.desk.history(MARIA)).upcoming) == 1
