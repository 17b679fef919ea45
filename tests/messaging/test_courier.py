"""Each text that is owed reaches Twilio once, whatever goes wrong in between."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.desk import BookingDesk, Change
from booking.models import Appointment
from booking.outbox import LEASE, MOST_ATTEMPTS, Outbox
from booking.text_message import TextMessage, TextStatus
from messaging.courier import Courier
from messaging.wording import Wording
from simulator.rest import TwilioRest
from telephony.text_line import TextLine
from tests.booking.setting import ADA, TUESDAY, FrozenClock, moment, wished

WEDNESDAY = TUESDAY + timedelta(days=1)
STATUS_URL = "http://127.0.0.1:9/sms/status"


class Died(Exception):
    """A worker that is gone at the worst moment."""


class DeadlyOutbox(Outbox):
    """Its worker dies when it has sent a text, before it notes that."""

    async def sent(self, text: TextMessage, message_sid: str) -> None:
        raise Died


@pytest.fixture
async def booked(desk: BookingDesk) -> Appointment:
    return await desk.book(wished("hot stone", "14:00", WEDNESDAY, name="Ada"), ADA)


def bodies(rest: TwilioRest) -> list[str]:
    return [message["body"] for message in rest.messages]


async def statuses(outbox: Outbox) -> list[tuple[str, str]]:
    return [(text.kind, text.status) for text in reversed(await outbox.latest())]


async def test_a_booking_is_confirmed_once(
    booked: Appointment, courier: Courier, rest: TwilioRest, outbox: Outbox
) -> None:
    await courier.deliver()
    await courier.deliver()
    assert bodies(rest) == [
        "Serenity Spa: Hot stone massage on Wed, Dec 2 at 2:00 PM with Ana Flores is booked. "
        f"Code {booked.code}. Calendar: https://spa.example.com/calendar/{booked.code}.ics "
        "Reply STOP to get no texts."
    ]
    assert rest.messages[0]["to"] == ADA.phone
    [sent] = await outbox.latest(TextStatus.SENT)
    assert await outbox.recorded([rest.messages[0]["sid"]])
    status_url = rest.requests[0].fields["StatusCallback"]
    assert status_url == [f"{STATUS_URL}/{sent.id}"]


async def test_a_change_and_a_cancellation_follow_in_order(
    booked: Appointment, desk: BookingDesk, courier: Courier, rest: TwilioRest
) -> None:
    await desk.reschedule(Change(moment(WEDNESDAY, "16:00")), ADA)
    await desk.cancel(ADA)
    await courier.deliver()
    assert [body.split(":")[1].split(" on ")[0] for body in bodies(rest)] == [
        " Hot stone massage",
        " your appointment is now Hot stone massage",
        " Hot stone massage",
    ]
    assert bodies(rest)[2].startswith(
        "Serenity Spa: Hot stone massage on Wed, Dec 2 at 4:00 PM is cancelled."
    )


async def test_many_workers_send_one_message(
    booked: Appointment,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
    line: TextLine,
    wording: Wording,
    rest: TwilioRest,
) -> None:
    workers = [Courier(Outbox(sessions, clock), line, wording.words, STATUS_URL) for _ in range(6)]
    await asyncio.gather(*(worker.deliver() for worker in workers))
    assert len(rest.messages) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_twilio_cannot_take_now_it_gets_later(
    booked: Appointment,
    courier: Courier,
    rest: TwilioRest,
    outbox: Outbox,
    clock: FrozenClock,
    status: int,
) -> None:
    rest.fail_next(1, status)
    await courier.deliver()
    assert bodies(rest) == []
    assert [text.error for text in await outbox.latest(TextStatus.WAITING)][-1].startswith(
        f"Twilio answered {status}"
    )
    await courier.deliver()
    assert bodies(rest) == []
    clock.forward(seconds=30)
    await courier.deliver()
    assert len(bodies(rest)) == 1
    assert (await outbox.latest(TextStatus.SENT))[0].error == ""


async def test_a_lost_answer_sends_nothing_twice(
    booked: Appointment, courier: Courier, rest: TwilioRest, outbox: Outbox, clock: FrozenClock
) -> None:
    rest.answers_lost = True
    await courier.deliver()
    assert len(rest.messages) == 1
    rest.answers_lost = False
    clock.forward(seconds=30)
    await courier.deliver()
    assert len(rest.messages) == 1
    assert await outbox.recorded([rest.messages[0]["sid"]])
    assert await statuses(outbox) == [("confirmation", "sent"), ("reminder", "waiting")]


async def test_a_worker_that_dies_before_it_sends_loses_nothing(
    booked: Appointment,
    courier: Courier,
    outbox: Outbox,
    rest: TwilioRest,
    clock: FrozenClock,
) -> None:
    assert await outbox.claim() is not None
    await courier.deliver()
    assert rest.messages == []
    clock.at += LEASE
    await courier.deliver()
    assert len(rest.messages) == 1


async def test_a_worker_that_dies_after_it_sent_repeats_nothing(
    booked: Appointment,
    courier: Courier,
    outbox: Outbox,
    line: TextLine,
    wording: Wording,
    rest: TwilioRest,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
) -> None:
    dying = Courier(DeadlyOutbox(sessions, clock), line, wording.words, STATUS_URL)
    with pytest.raises(Died):
        await dying.deliver()
    assert len(rest.messages) == 1
    clock.at += LEASE
    await courier.deliver()
    assert len(rest.messages) == 1
    assert (await statuses(outbox))[0] == ("confirmation", "sent")


async def test_the_same_words_to_one_number_are_told_apart(
    desk: BookingDesk,
    outbox: Outbox,
    line: TextLine,
    rest: TwilioRest,
    clock: FrozenClock,
) -> None:
    same = Courier(outbox, line, lambda _: "The same words.", STATUS_URL)
    await desk.book(wished("hot stone", "14:00", WEDNESDAY, name="Ada"), ADA)
    await same.deliver()
    await desk.book(wished("hot stone", "16:00", WEDNESDAY, name="Ada"), ADA)
    rest.fail_next(1, 500)
    await same.deliver()
    clock.forward(seconds=30)
    await same.deliver()
    assert bodies(rest) == ["The same words."] * 2


async def test_who_opted_out_at_twilio_is_left_in_peace(
    booked: Appointment,
    desk: BookingDesk,
    courier: Courier,
    rest: TwilioRest,
    outbox: Outbox,
) -> None:
    rest.opted_out.add(booked_phone := ADA.phone or "")
    await courier.deliver()
    await desk.cancel(ADA)
    await courier.deliver()
    assert [request.fields["To"] for request in rest.requests] == [[booked_phone]]
    assert {status for _, status in await statuses(outbox)} == {"dropped"}


async def test_what_twilio_refuses_for_good_is_not_tried_again(
    booked: Appointment,
    courier: Courier,
    rest: TwilioRest,
    outbox: Outbox,
    clock: FrozenClock,
) -> None:
    rest.phone_numbers.clear()
    await courier.deliver()
    clock.forward(hours=5)
    await courier.deliver()
    assert len(rest.requests) == 1
    [failed] = await outbox.latest(TextStatus.FAILED)
    assert "21606" in failed.error


async def test_trouble_that_stays_ends_in_a_failure_that_shows(
    booked: Appointment,
    courier: Courier,
    rest: TwilioRest,
    outbox: Outbox,
    clock: FrozenClock,
) -> None:
    rest.fail_next(100, 429)
    for _ in range(MOST_ATTEMPTS + 2):
        await courier.deliver()
        clock.forward(hours=1)
    assert (await statuses(outbox))[0] == ("confirmation", "failed")
    assert len([r for r in rest.requests if r.method == "POST"]) == MOST_ATTEMPTS


async def test_what_cannot_be_worded_does_not_block_the_rest(
    desk: BookingDesk,
    booked: Appointment,
    outbox: Outbox,
    line: TextLine,
    rest: TwilioRest,
) -> None:
    await desk.cancel(ADA)

    def words(text: TextMessage) -> str:
        if text.kind == "confirmation":
            raise KeyError("therapists")
        return "Cancelled."

    await Courier(outbox, line, words, STATUS_URL).deliver()
    assert bodies(rest) == ["Cancelled."]
    [failed] = await outbox.latest(TextStatus.FAILED)
    assert "cannot be put into words" in failed.error
