"""What is owed to customers is written with the change itself, and given to one worker once."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk, Change, WaitlistRequest
from booking.errors import BookingError
from booking.models import Actor, Appointment
from booking.outbox import LEASE, MOST_ATTEMPTS, Outbox
from booking.spa import Messages
from booking.tables import OutboxRow
from booking.text_message import TextKind, TextMessage, TextStatus
from tests.booking.setting import (
    ADA,
    BEN,
    EVA,
    MONDAY,
    TUESDAY,
    ZONE,
    FrozenClock,
    by,
    moment,
    sample,
    wished,
)

WEDNESDAY = TUESDAY + timedelta(days=1)
CLOSE_TO_DAWN = datetime(2026, 12, 1, 10, tzinfo=ZONE)


async def written(sessions: async_sessionmaker[AsyncSession]) -> list[tuple[str, str]]:
    """Kind and status of every text, the oldest first."""
    async with sessions() as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [(row.kind, row.status) for row in rows]


async def claimed(outbox: Outbox) -> TextMessage:
    text = await outbox.claim()
    assert text is not None
    return text


async def hot_stones(desk: BookingDesk, actor: Actor = ADA) -> Appointment:
    return await desk.book(wished("hot stone", "14:00", WEDNESDAY, name="Ada"), actor)


async def test_a_booking_owes_a_confirmation_and_a_reminder(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    booked = await hot_stones(desk)
    text = await claimed(outbox)
    assert (text.kind, text.phone, text.in_doubt) == (TextKind.CONFIRMATION, ADA.phone, False)
    assert text.facts == {
        "treatment": "Hot stone massage",
        "starts_at": "2026-12-02T14:00:00-05:00",
        "therapists": ["Ana Flores"],
        "code": booked.code,
    }
    await outbox.sent(text, "SM1")
    assert await outbox.claim() is None
    clock.at = CLOSE_TO_DAWN - timedelta(seconds=1)
    assert await outbox.claim() is None
    clock.at = CLOSE_TO_DAWN
    assert (await claimed(outbox)).kind is TextKind.REMINDER


async def test_what_is_refused_owes_nothing(
    desk: BookingDesk, sessions: async_sessionmaker[AsyncSession]
) -> None:
    await hot_stones(desk)
    with pytest.raises(BookingError):
        await hot_stones(desk, BEN)
    assert len(await written(sessions)) == 2


async def test_a_booking_that_is_lost_loses_its_text_too(
    desk: BookingDesk,
    sessions: async_sessionmaker[AsyncSession],
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
    with pytest.raises(SQLAlchemyError):
        await hot_stones(desk)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE gone RENAME TO outbox")
    assert await desk.agenda(WEDNESDAY) == ()
    assert await written(sessions) == []


async def test_a_repeated_tool_call_owes_nothing_twice(
    desk: BookingDesk, sessions: async_sessionmaker[AsyncSession]
) -> None:
    for _ in range(2):
        await hot_stones(desk, by(ADA, "call_1"))
    for _ in range(2):
        await desk.cancel(by(ADA, "call_2"))
    assert await written(sessions) == [
        ("confirmation", "waiting"),
        ("reminder", "dropped"),
        ("cancellation", "waiting"),
    ]


async def test_a_reminder_moves_with_its_appointment(
    desk: BookingDesk,
    outbox: Outbox,
    sessions: async_sessionmaker[AsyncSession],
    clock: FrozenClock,
) -> None:
    await hot_stones(desk)
    await desk.reschedule(Change(moment(WEDNESDAY + timedelta(days=1), "11:00")), ADA)
    assert await written(sessions) == [
        ("confirmation", "waiting"),
        ("reminder", "dropped"),
        ("change", "waiting"),
        ("reminder", "waiting"),
    ]
    for sid in ("SM1", "SM2"):
        await outbox.sent(await claimed(outbox), sid)
    clock.at = moment(WEDNESDAY, "10:00")
    assert (await claimed(outbox)).facts["starts_at"] == "2026-12-03T11:00:00-05:00"


async def test_a_reminder_that_could_not_be_sent_at_once_is_of_no_cancelled_appointment(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    await hot_stones(desk)
    await outbox.sent(await claimed(outbox), "SM1")
    clock.at = moment(TUESDAY, "10:00")
    reminder = await claimed(outbox)
    assert reminder.kind is TextKind.REMINDER
    await desk.cancel(ADA)
    assert await outbox.postpone(reminder, "Twilio answered 503", in_doubt=False)
    clock.forward(hours=1)
    assert (await claimed(outbox)).kind is TextKind.CANCELLATION
    assert await outbox.claim() is None


async def test_nobody_is_reminded_of_tomorrow_after_the_hour_of_reminders(
    desk: BookingDesk, sessions: async_sessionmaker[AsyncSession], clock: FrozenClock
) -> None:
    clock.at = moment(MONDAY, "10:00")
    await desk.book(wished("hot stone", "14:00", TUESDAY), ADA)
    assert await written(sessions) == [("confirmation", "waiting")]


@pytest.mark.parametrize(
    ("day", "reminded_at"),
    [
        (date(2026, 11, 2), "2026-11-01T10:00:00-05:00"),
        (date(2027, 3, 15), "2027-03-14T10:00:00-04:00"),
    ],
)
async def test_reminders_keep_the_wall_time_when_the_clocks_change(
    sessions: async_sessionmaker[AsyncSession], day: date, reminded_at: str
) -> None:
    at = datetime.fromisoformat(reminded_at)
    clock = FrozenClock(at - timedelta(days=4))
    desk, outbox = BookingDesk(sample(), sessions, clock), Outbox(sessions, clock)
    await desk.book(wished("hot stone", "14:00", day), ADA)
    await outbox.sent(await claimed(outbox), "SM1")
    clock.at = at - timedelta(seconds=1)
    assert await outbox.claim() is None
    clock.at = at
    assert (await claimed(outbox)).kind is TextKind.REMINDER


async def test_a_reminder_hour_that_the_clocks_skip_is_the_next_one(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    spa = sample().model_copy(update={"messages": Messages(reminder_hour=2)})
    clock = FrozenClock(datetime(2027, 3, 12, 12, tzinfo=ZONE))
    desk, outbox = BookingDesk(spa, sessions, clock), Outbox(sessions, clock)
    await desk.book(wished("hot stone", "14:00", date(2027, 3, 15)), ADA)
    await outbox.sent(await claimed(outbox), "SM1")
    clock.at = datetime.fromisoformat("2027-03-14T03:00:00-04:00")
    assert (await claimed(outbox)).kind is TextKind.REMINDER


async def test_an_offer_to_the_waitlist_is_texted_as_long_as_it_is_kept(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    await hot_stones(desk)
    hot_stone = desk.catalog.treatment_named("hot stone")
    for at in ("10:30", "16:00"):
        await desk.book(wished("hot stone", at, WEDNESDAY), EVA)
    await desk.join_waitlist(WaitlistRequest(hot_stone, WEDNESDAY, WEDNESDAY, name="Ben"), BEN)
    await desk.cancel(ADA)
    texts = [text for text in await outbox.latest() if text.kind is TextKind.OFFER]
    assert [(text.phone, text.facts["until"]) for text in texts] == [
        (BEN.phone, "2026-11-30T11:00:00-05:00")
    ]
    clock.forward(minutes=61)
    while (text := await outbox.claim()) is not None:
        assert text.kind is not TextKind.OFFER
        await outbox.sent(text, f"SM{text.id}")
    assert [(t.status, t.error) for t in await outbox.latest(TextStatus.DROPPED)][:1] == [
        (TextStatus.DROPPED, "it was too late")
    ]


@pytest.mark.parametrize("actor", [Actor("caller", None, "CA-x"), EVA])
async def test_who_has_no_number_of_the_network_is_owed_nothing(
    desk: BookingDesk, sessions: async_sessionmaker[AsyncSession], actor: Actor
) -> None:
    request = wished("hot stone", "14:00", WEDNESDAY, name="Zoe")
    booked = await desk.book(request, actor)
    await desk.save_customer(actor, contact="+12125550009")
    await desk.cancel(actor, booked.code)
    assert await written(sessions) == []


async def test_numbers_abroad_are_not_texted_and_it_shows(
    desk: BookingDesk, outbox: Outbox, catalog: Catalog
) -> None:
    await hot_stones(desk, Actor("caller", "+442079460018", "CA-uk"))
    assert await outbox.claim() is None
    dropped = await outbox.latest(TextStatus.DROPPED)
    assert {text.error for text in dropped} == {
        "numbers of that country are not texted, see messages.countries"
    }
    british = catalog.model_copy(update={"messages": Messages(countries=("GB", "US"))})
    assert british.is_texted("+442079460018")
    assert not british.is_texted("not a number")


async def test_a_spa_may_send_nothing(
    sessions: async_sessionmaker[AsyncSession], catalog: Catalog, clock: FrozenClock
) -> None:
    quiet = catalog.model_copy(update={"messages": Messages(enabled=False)})
    await hot_stones(BookingDesk(quiet, sessions, clock))
    assert await written(sessions) == []


async def test_many_workers_take_each_text_once(
    desk: BookingDesk, sessions: async_sessionmaker[AsyncSession], clock: FrozenClock
) -> None:
    for at in ("10:30", "14:00", "16:00"):
        await desk.book(wished("hot stone", at, WEDNESDAY), ADA)
    taken: list[int] = []

    async def work(worker: Outbox) -> None:
        while (text := await worker.claim()) is not None:
            taken.append(text.id)
            await asyncio.sleep(0)
            await worker.sent(text, f"SM{text.id}")

    await asyncio.gather(*(work(Outbox(sessions, clock)) for _ in range(8)))
    assert len(taken) == len(set(taken)) == 3


async def test_texts_of_an_appointment_keep_their_order(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    await hot_stones(desk)
    await desk.cancel(ADA)
    first = await claimed(outbox)
    assert first.kind is TextKind.CONFIRMATION
    assert await outbox.claim() is None
    assert await outbox.postpone(first, "busy", in_doubt=False)
    assert await outbox.claim() is None
    clock.forward(seconds=30)
    await outbox.sent(await claimed(outbox), "SM1")
    assert (await claimed(outbox)).kind is TextKind.CANCELLATION


async def test_what_a_dead_worker_left_is_in_doubt_for_the_next(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    await hot_stones(desk)
    dead = await claimed(outbox)
    await outbox.word(dead, "Your booking")
    assert await outbox.claim() is None
    clock.at += LEASE
    second = await claimed(outbox)
    assert (second.in_doubt, second.body, second.attempts) == (True, "Your booking", 2)
    # The first one was only slow: what it says of the text counts no more, but that it was sent.
    assert await outbox.postpone(dead, "slow", in_doubt=True)
    await outbox.give_up(dead, "slow")
    await outbox.word(dead, "other words")
    [same, *_] = await outbox.latest(TextStatus.SENDING)
    assert (same.error, same.body) == ("", "Your booking")
    await outbox.sent(dead, "SM1")
    clock.at += LEASE
    assert await outbox.claim() is None
    assert await outbox.recorded(["SM1", "SM2"]) == {"SM1"}


async def test_pauses_grow_until_a_person_has_to_look(
    desk: BookingDesk, outbox: Outbox, clock: FrozenClock
) -> None:
    await hot_stones(desk)
    pauses: list[float] = []
    for attempt in range(MOST_ATTEMPTS):
        began = clock.at
        while (text := await outbox.claim()) is None:
            clock.forward(seconds=15)
        pauses.append((clock.at - began).total_seconds())
        again = await outbox.postpone(text, "busy", in_doubt=False)
        assert again is (attempt < MOST_ATTEMPTS - 1)
    assert pauses == [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    [failed] = await outbox.latest(TextStatus.FAILED)
    assert (failed.error, failed.attempts) == ("busy", MOST_ATTEMPTS)


async def test_who_wants_no_texts_gets_none_until_they_do(
    desk: BookingDesk, outbox: Outbox, sessions: async_sessionmaker[AsyncSession]
) -> None:
    assert ADA.phone
    for _ in range(2):
        await outbox.opt_out(ADA.phone)
    await hot_stones(desk)
    assert await outbox.claim() is None
    assert await written(sessions) == [("confirmation", "dropped"), ("reminder", "waiting")]
    await outbox.opt_in(ADA.phone)
    await desk.cancel(ADA)
    assert (await claimed(outbox)).kind is TextKind.CANCELLATION


async def test_twilios_reports_are_kept(desk: BookingDesk, outbox: Outbox) -> None:
    await hot_stones(desk)
    text = await claimed(outbox)
    await outbox.reported(text.id, "SM1", None)
    assert [t.id for t in await outbox.latest(TextStatus.SENT)] == [text.id]
    await outbox.sent(text, "SM1")
    await outbox.reported(text.id, "SM1", TextStatus.DELIVERED)
    await outbox.reported(text.id, "SM1", None)
    await outbox.reported(text.id, "SM-other", TextStatus.FAILED, "of another")
    await outbox.reported(999, "SM1", TextStatus.FAILED, "of none")
    [delivered] = await outbox.latest(TextStatus.DELIVERED)
    assert delivered.error == ""


async def test_a_text_that_was_given_up_and_came_through_all_the_same(
    desk: BookingDesk, outbox: Outbox
) -> None:
    await hot_stones(desk)
    text = await claimed(outbox)
    await outbox.give_up(text, "no answer")
    await outbox.reported(text.id, "SM1", TextStatus.DELIVERED)
    assert [t.error for t in await outbox.latest(TextStatus.DELIVERED)] == [""]
