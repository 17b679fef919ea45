"""The text messages that are owed, as the workers that send them see them.

A text is sent once: a worker takes it in a transaction of its own, marks it as possibly sent,
and only then talks to Twilio. Whoever finds it so marked later, because that worker died or never
heard the answer, asks Twilio first whether it is there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased

from booking.tables import AuditRow, OutboxRow, TextOptOutRow
from booking.text_message import TextKind, TextMessage, TextStatus
from booking.transactions import reading, writing

LEASE = timedelta(seconds=60)
"""How long a worker has a text to itself; longer than it ever waits for Twilio."""

FIRST_PAUSE = timedelta(seconds=30)
"""After the first attempt that failed; it doubles with each."""

LONGEST_PAUSE = timedelta(hours=1)

MOST_ATTEMPTS = 10
"""Some two hours and a half after the first, a person has to look."""

SHOWN = 50
"""How many texts are shown at once."""

_UNSENT = (TextStatus.WAITING, TextStatus.SENDING)


class Outbox:
    """The texts of a spa, one short transaction a method."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], now: Callable[[], datetime]
    ) -> None:
        """Open the outbox.

        Args:
            sessions: makes database sessions.
            now: the time, aware.
        """
        self._sessions = sessions
        self._now = now

    async def claim(self) -> TextMessage | None:
        """Take the next text that is due, for as long as `LEASE`; None when there is none.

        It is marked as possibly sent; `TextMessage.in_doubt` tells whether it was so before.
        """
        # A look first: on SQLite every write keeps a booking waiting.
        if not await reading(self._sessions, self._next_due):
            return None
        return await writing(self._sessions, self._claim)

    async def word(self, text: TextMessage, body: str) -> None:
        """Keep the words of a text before they are sent: a later attempt looks for the same."""

        async def work(session: AsyncSession) -> None:
            if row := await self._mine(session, text):
                row.body = body

        await writing(self._sessions, work)

    async def sent(self, text: TextMessage, message_sid: str) -> None:
        """Note that Twilio has accepted a text."""

        async def work(session: AsyncSession) -> None:
            row = await session.get_one(OutboxRow, text.id, with_for_update=True)
            row.message_sid, row.lease_until, row.in_doubt = message_sid, None, False
            if row.status in _UNSENT:
                row.status, row.error = TextStatus.SENT, ""

        await writing(self._sessions, work)

    async def postpone(self, text: TextMessage, error: str, *, in_doubt: bool) -> bool:
        """Let a later attempt have a text; says whether there is one.

        Args:
            text: that could not be sent.
            error: why.
            in_doubt: whether Twilio may have accepted it all the same.
        """

        async def work(session: AsyncSession) -> bool:
            row = await self._mine(session, text)
            if row is None:
                return True
            row.error, row.lease_until, row.in_doubt = error, None, in_doubt
            row.due_at = self._now() + min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
            again = row.attempts < MOST_ATTEMPTS
            row.status = TextStatus.WAITING if again else TextStatus.FAILED
            return again

        return await writing(self._sessions, work)

    async def give_up(self, text: TextMessage, error: str) -> None:
        """Note that Twilio refuses a text for good."""
        await self._end(text, TextStatus.FAILED, error)

    async def drop(self, text: TextMessage, error: str) -> None:
        """Note that a text is not wanted."""
        await self._end(text, TextStatus.DROPPED, error)

    async def reported(
        self, text_id: int, message_sid: str, status: TextStatus | None, error: str = ""
    ) -> None:
        """Note what Twilio tells of a text; that it tells anything means that it has it.

        Args:
            text_id: as in the status callback's URL.
            message_sid: Twilio's id.
            status: `delivered` or `failed`; None for steps on the way.
            error: why it failed.
        """

        async def work(session: AsyncSession) -> None:
            row = await session.get(OutboxRow, text_id, with_for_update=True)
            if row is None or row.message_sid not in (None, message_sid):
                return
            if row.message_sid is None or row.status in _UNSENT:
                row.status, row.error = TextStatus.SENT, ""
            row.message_sid, row.lease_until, row.in_doubt = message_sid, None, False
            if status is not None and row.status == TextStatus.SENT:
                row.status, row.error = status, error

        await writing(self._sessions, work)

    async def recorded(self, message_sids: list[str]) -> set[str]:
        """Those of Twilio's ids that belong to a text already."""

        async def look(session: AsyncSession) -> set[str]:
            known = select(OutboxRow.message_sid).where(OutboxRow.message_sid.in_(message_sids))
            return {sid for sid in await session.scalars(known) if sid}

        return await reading(self._sessions, look)

    async def opt_out(self, phone: str) -> None:
        """Text a number no more."""

        async def work(session: AsyncSession) -> None:
            if await session.get(TextOptOutRow, phone) is None:
                session.add(TextOptOutRow(phone=phone, at=self._now()))

        await writing(self._sessions, work)

    async def opt_in(self, phone: str) -> None:
        """Text a number again."""
        gone = delete(TextOptOutRow).where(TextOptOutRow.phone == phone)

        async def work(session: AsyncSession) -> None:
            await session.execute(gone)

        await writing(self._sessions, work)

    async def counts(self, *statuses: TextStatus) -> dict[str, int]:
        """How many texts are in each of these statuses."""
        query = (
            select(OutboxRow.status, func.count().label("owed"))
            .where(OutboxRow.status.in_(statuses))
            .group_by(OutboxRow.status)
        )

        async def look(session: AsyncSession) -> dict[str, int]:
            counted = {row.status: row.owed for row in await session.execute(query)}
            return {status: counted.get(status, 0) for status in statuses}

        return await reading(self._sessions, look)

    async def latest(self, *statuses: TextStatus) -> tuple[TextMessage, ...]:
        """The newest texts, of some statuses or of all."""
        query = select(OutboxRow).order_by(OutboxRow.id.desc()).limit(SHOWN)
        if statuses:
            query = query.where(OutboxRow.status.in_(statuses))

        async def look(session: AsyncSession) -> tuple[TextMessage, ...]:
            return tuple(_text(row, row.in_doubt) for row in await session.scalars(query))

        return await reading(self._sessions, look)

    async def of_call(self, call_sid: str) -> tuple[TextMessage, ...]:
        """The texts that are owed for what was done in a call, in order."""
        query = (
            select(OutboxRow)
            .join(AuditRow, OutboxRow.event_id == AuditRow.id)
            .where(AuditRow.call_sid == call_sid)
            .order_by(OutboxRow.id)
        )

        async def look(session: AsyncSession) -> tuple[TextMessage, ...]:
            return tuple(_text(row, row.in_doubt) for row in await session.scalars(query))

        return await reading(self._sessions, look)

    async def _next_due(self, session: AsyncSession) -> bool:
        return await session.scalar(self._due()) is not None

    def _due(self) -> Select[OutboxRow]:
        """The text to take next: due, nobody's, and not before an earlier one of its appointment.

        An earlier reminder is no hindrance: it is for another day.
        """
        now, earlier = self._now(), aliased(OutboxRow)
        first = ~exists().where(
            earlier.appointment_id == OutboxRow.appointment_id,
            earlier.id < OutboxRow.id,
            earlier.status.in_(_UNSENT),
            earlier.kind != TextKind.REMINDER,
        )
        waiting = (OutboxRow.status == TextStatus.WAITING) & (OutboxRow.due_at <= now)
        left = (OutboxRow.status == TextStatus.SENDING) & (OutboxRow.lease_until <= now)
        return (
            select(OutboxRow)
            .where(or_(waiting, left), first)
            .order_by(OutboxRow.due_at, OutboxRow.id)
            .limit(1)
        )

    async def _claim(self, session: AsyncSession) -> TextMessage | None:
        while row := await session.scalar(self._due().with_for_update(skip_locked=True)):
            unwanted = await self._unwanted(session, row)
            if not unwanted:
                return self._taken(row)
            row.status, row.error, row.lease_until = TextStatus.DROPPED, unwanted, None
            await session.flush()
        return None

    async def _unwanted(self, session: AsyncSession, row: OutboxRow) -> str:
        """Why a text is not to be sent any more; "" when it is."""
        if row.good_until <= self._now():
            return "it was too late"
        if await session.get(TextOptOutRow, row.phone) is not None:
            return "the customer wants no texts"
        return ""

    def _taken(self, row: OutboxRow) -> TextMessage:
        was_in_doubt = row.in_doubt
        row.status, row.in_doubt = TextStatus.SENDING, True
        row.attempts += 1
        row.lease_until = self._now() + LEASE
        return _text(row, was_in_doubt)

    async def _mine(self, session: AsyncSession, text: TextMessage) -> OutboxRow | None:
        """The row of a text, unless another worker or Twilio's report was faster."""
        row = await session.get_one(OutboxRow, text.id, with_for_update=True)
        taken = row.status == TextStatus.SENDING and row.attempts == text.attempts
        return row if taken else None

    async def _end(self, text: TextMessage, status: TextStatus, error: str) -> None:
        async def work(session: AsyncSession) -> None:
            if row := await self._mine(session, text):
                row.status, row.error = status, error
                row.lease_until, row.in_doubt = None, False

        await writing(self._sessions, work)


def _text(row: OutboxRow, in_doubt: bool) -> TextMessage:
    return TextMessage(
        id=row.id,
        kind=TextKind(row.kind),
        phone=row.phone,
        language=row.language,
        facts=row.facts,
        status=TextStatus(row.status),
        attempts=row.attempts,
        in_doubt=in_doubt,
        body=row.body,
        error=row.error,
        created_at=row.created_at,
    )
