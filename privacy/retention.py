"""Nothing is kept longer than spa.toml's [privacy] allows."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import String, cast, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.privacy import Privacy
from booking.tables import (
    AppointmentRow,
    AuditRow,
    CustomerRow,
    HoldRow,
    MessageRow,
    OutboxRow,
    WaitlistRow,
)
from booking.text_message import TextStatus
from calls.shelf import Shelf
from calls.tables import CallRow, ToolUseRow, TurnRow
from privacy.forget import forget_customers, forget_words
from privacy.recordings import delete_recordings
from privacy.voicemails import Recordings, delete_voicemails

AT_ONCE = 200
"""Rows in a transaction, so that a booking never waits long for the lock."""

Step = Callable[[AsyncSession, datetime, int], Awaitable[int]]
"""Lets go of so many rows at most that are older than a moment; gives how many there were."""


class Retention:
    """Lets go of what is too old, a few rows a transaction."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        privacy: Privacy,
        shelf: Shelf,
        recordings: Recordings | None,
        now: Callable[[], datetime],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        """Keep the rules.

        Args:
            sessions: makes database sessions.
            privacy: the rules.
            shelf: where recordings of calls are.
            recordings: at Twilio; None when its REST interface is not configured, and then
                voicemails stay.
            now: the time, aware.
            at_once: rows in a transaction.
        """
        self._sessions = sessions
        self._privacy = privacy
        self._shelf = shelf
        self._recordings = recordings
        self._now = now
        self._at_once = at_once

    async def enforce(self) -> None:
        """Let go of everything that is too old."""
        rules = self._privacy
        # What refers to something goes before it.
        steps: list[tuple[int, Step]] = [
            (rules.transcript_days, _words),
            (rules.message_days, _messages),
            (rules.text_days, _texts),
            (rules.waitlist_days, _wishes),
            (rules.audit_days, _audit),
            (rules.customer_days, _customers),
        ]
        await self._voicemails(rules.voicemail_days)
        await self._recorded(rules.recording_days)
        for days, step in steps:
            await self._repeat(days, step)
        await self._repeat(rules.call_days, _calls)

    async def _repeat(self, days: int, step: Step) -> None:
        if not days:
            return
        before = self._now() - timedelta(days=days)
        gone = self._at_once
        while gone == self._at_once:
            async with self._sessions.begin() as session:
                gone = await step(session, before, self._at_once)

    async def _voicemails(self, days: int) -> None:
        if not days or self._recordings is None:
            return
        before = self._now() - timedelta(days=days)
        left = CallRow.voicemail_sid.is_not(None)
        old = select(CallRow.voicemail_sid).where(left, CallRow.rang_at < before)
        async with self._sessions() as session:
            sids = [sid for sid in await session.scalars(old) if sid]
        await delete_voicemails(self._sessions, self._recordings, sids)

    async def _recorded(self, days: int) -> None:
        if not days:
            return
        before = self._now() - timedelta(days=days)
        old = select(CallRow.call_sid).where(CallRow.recorded, CallRow.rang_at < before)
        async with self._sessions() as session:
            call_sids = list(await session.scalars(old))
        await delete_recordings(self._sessions, self._shelf, call_sids)


async def _words(session: AsyncSession, before: datetime, most: int) -> int:
    said = exists().where(TurnRow.call_sid == CallRow.call_sid, TurnRow.text != "")
    told = exists().where(
        ToolUseRow.call_sid == CallRow.call_sid,
        or_(ToolUseRow.result.is_not(None), cast(ToolUseRow.arguments, String) != "{}"),
    )
    old = select(CallRow.call_sid).where(CallRow.rang_at < before, or_(said, told)).limit(most)
    calls = list(await session.scalars(old))
    await forget_words(session, calls)
    return len(calls)


async def _messages(session: AsyncSession, before: datetime, most: int) -> int:
    old = select(MessageRow.id).where(MessageRow.at < before).limit(most)
    ids = list(await session.scalars(old))
    await session.execute(delete(MessageRow).where(MessageRow.id.in_(ids)))
    return len(ids)


async def _texts(session: AsyncSession, before: datetime, most: int) -> int:
    ended = OutboxRow.status.not_in((TextStatus.WAITING, TextStatus.SENDING))
    # Where no texts are sent, what is owed stays so.
    useless = OutboxRow.good_until < before
    old = select(OutboxRow.id).where(OutboxRow.created_at < before, or_(ended, useless))
    ids = list(await session.scalars(old.limit(most)))
    await session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
    return len(ids)


async def _wishes(session: AsyncSession, before: datetime, most: int) -> int:
    old = select(WaitlistRow.id).where(WaitlistRow.last_day < before.date()).limit(most)
    ids = list(await session.scalars(old))
    await session.execute(delete(HoldRow).where(HoldRow.waitlist_id.in_(ids)))
    await session.execute(delete(WaitlistRow).where(WaitlistRow.id.in_(ids)))
    return len(ids)


async def _audit(session: AsyncSession, before: datetime, most: int) -> int:
    told = exists().where(OutboxRow.event_id == AuditRow.id)
    old = select(AuditRow.id).where(AuditRow.at < before, ~told).limit(most)
    ids = list(await session.scalars(old))
    await session.execute(delete(AuditRow).where(AuditRow.id.in_(ids)))
    return len(ids)


async def _customers(session: AsyncSession, before: datetime, most: int) -> int:
    came = exists().where(
        AppointmentRow.customer_id == CustomerRow.id, AppointmentRow.starts_at >= before
    )
    waits = exists().where(
        WaitlistRow.customer_id == CustomerRow.id, WaitlistRow.last_day >= before.date()
    )
    known = (CustomerRow.name, CustomerRow.contact, CustomerRow.preferences, CustomerRow.notes)
    somebody = or_(CustomerRow.phone.is_not(None), *(fact != "" for fact in known))
    old = select(CustomerRow.id).where(CustomerRow.created_at < before, somebody, ~came, ~waits)
    ids = list(await session.scalars(old.limit(most)))
    await forget_customers(session, ids)
    return len(ids)


async def _calls(session: AsyncSession, before: datetime, most: int) -> int:
    """Whole records, with their turns, tools and costs; what was recorded is deleted before."""
    old = select(CallRow.call_sid).where(
        CallRow.rang_at < before, CallRow.voicemail_sid.is_(None), ~CallRow.recorded
    )
    sids = list(await session.scalars(old.limit(most)))
    await session.execute(delete(CallRow).where(CallRow.call_sid.in_(sids)))
    return len(sids)
