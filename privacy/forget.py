"""Forgetting a person: what is left tells that something happened, not to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.tables import (
    AppointmentRow,
    AuditRow,
    CustomerRow,
    HoldRow,
    MessageRow,
    OutboxRow,
    TextOptOutRow,
    WaitlistRow,
)
from booking.text_message import TextStatus
from calls.tables import CallRow, ToolUseRow, TurnRow

FORGOTTEN = "the customer is forgotten"
"""Why a text that was still to be sent is not."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was found of a person.

    Attributes:
        customers: who lost name and number; their appointments stay.
        calls: that lost the caller and all words.
        voicemails: Twilio's ids of what they had left on the phone.
        recordings: the calls of which there is a recording.
        call_sids: all the calls, of which there may be captures.
    """

    customers: int
    calls: int
    voicemails: tuple[str, ...]
    recordings: tuple[str, ...] = ()
    call_sids: tuple[str, ...] = ()


async def forget(sessions: async_sessionmaker[AsyncSession], phone: str) -> Forgotten:
    """Erase a number and whoever has it, everywhere in the database, in one transaction.

    Appointments keep treatment, time and price, so that the book and the accounts stay right.
    Voicemails and recordings stay on record until they are deleted where they are; see
    `privacy.voicemails` and `privacy.recordings`.

    Args:
        sessions: makes database sessions.
        phone: E.164.
    """
    async with sessions.begin() as session:
        whose = or_(CustomerRow.phone == phone, CustomerRow.contact == phone)
        customers = (await session.scalars(select(CustomerRow.id).where(whose))).all()
        theirs = or_(CallRow.caller == phone, has_message_of(phone))
        found = await _forget(session, customers, theirs)
        await _forget_number(session, phone)
    return found


async def forget_one(sessions: async_sessionmaker[AsyncSession], customer_id: int) -> Forgotten:
    """Erase a customer, who may have no number, and the words of the calls in which they booked."""
    async with sessions.begin() as session:
        return await _forget(session, [customer_id], false())


async def _forget(
    session: AsyncSession, customers: Sequence[int], theirs: ColumnElement[bool]
) -> Forgotten:
    """Erase customers, and the calls that are theirs or in which one of them booked."""
    sids = select(CallRow.call_sid).where(or_(theirs, has_booking_of(customers)))
    calls = list(await session.scalars(sids))
    voicemails = await session.scalars(
        select(CallRow.voicemail_sid).where(
            CallRow.call_sid.in_(calls), CallRow.voicemail_sid.is_not(None)
        )
    )
    left = tuple(sid for sid in voicemails if sid)
    recordings = await session.scalars(
        select(CallRow.call_sid).where(CallRow.call_sid.in_(calls), CallRow.recorded)
    )
    recorded = tuple(recordings)
    await forget_customers(session, customers)
    await _forget_calls(session, calls)
    return Forgotten(len(customers), len(calls), left, recorded, tuple(calls))


def has_message_of(phone: str) -> ColumnElement[bool]:
    """Whether in a call a message was taken that a number can be called back for."""
    noted = select(MessageRow.call_sid).where(
        or_(MessageRow.phone == phone, MessageRow.contact == phone),
        MessageRow.call_sid.is_not(None),
    )
    return CallRow.call_sid.in_(noted)


def has_booking_of(customers: Sequence[int] | Select[int]) -> ColumnElement[bool]:
    """Whether in a call one of some customers booked."""
    booked = select(AppointmentRow.call_sid).where(
        AppointmentRow.customer_id.in_(customers), AppointmentRow.call_sid.is_not(None)
    )
    return CallRow.call_sid.in_(booked)


async def forget_customers(session: AsyncSession, customers: Iterable[int]) -> None:
    """Make customers nobody; nothing but their appointments is left, without a word."""
    customers = list(customers)
    own = select(AppointmentRow.id).where(AppointmentRow.customer_id.in_(customers))
    await session.execute(
        update(AuditRow)
        .where(or_(AuditRow.customer_id.in_(customers), AuditRow.appointment_id.in_(own)))
        .values(why="", facts={})
    )
    await _forget_texts(session, OutboxRow.customer_id.in_(customers))
    wishes = select(WaitlistRow.id).where(WaitlistRow.customer_id.in_(customers))
    await session.execute(delete(HoldRow).where(HoldRow.waitlist_id.in_(wishes)))
    await session.execute(delete(WaitlistRow).where(WaitlistRow.customer_id.in_(customers)))
    await session.execute(
        update(AppointmentRow).where(AppointmentRow.customer_id.in_(customers)).values(note="")
    )
    await session.execute(
        update(CustomerRow)
        .where(CustomerRow.id.in_(customers))
        .values(phone=None, name="", contact="", preferences="", notes="", language="", loyalty="")
    )


async def _forget_number(session: AsyncSession, phone: str) -> None:
    await session.execute(delete(HoldRow).where(HoldRow.holder == phone))
    await session.execute(
        delete(MessageRow).where(or_(MessageRow.phone == phone, MessageRow.contact == phone))
    )
    await _forget_texts(session, OutboxRow.phone == phone)
    await session.execute(delete(TextOptOutRow).where(TextOptOutRow.phone == phone))


async def _forget_texts(session: AsyncSession, whose: ColumnElement[bool]) -> None:
    unsent = OutboxRow.status.in_((TextStatus.WAITING, TextStatus.SENDING))
    await session.execute(
        update(OutboxRow)
        .where(whose, unsent)
        .values(status=TextStatus.DROPPED, error=FORGOTTEN, lease_until=None)
    )
    await session.execute(
        update(OutboxRow).where(whose).values(phone="", language="", facts={}, body="")
    )


async def _forget_calls(session: AsyncSession, calls: list[str]) -> None:
    await forget_words(session, calls)
    await session.execute(delete(MessageRow).where(MessageRow.call_sid.in_(calls)))
    await session.execute(
        update(CallRow)
        .where(CallRow.call_sid.in_(calls))
        .values(caller=None, stir_verstat=None, reason=None)
    )
    await session.execute(
        update(AuditRow).where(AuditRow.call_sid.in_(calls)).values(why="", facts={})
    )


async def forget_words(session: AsyncSession, calls: list[str]) -> None:
    """Erase what was said in calls, and what tools were told; that it happened stays."""
    await session.execute(update(TurnRow).where(TurnRow.call_sid.in_(calls)).values(text=""))
    await session.execute(
        update(ToolUseRow).where(ToolUseRow.call_sid.in_(calls)).values(arguments={}, result=None)
    )
