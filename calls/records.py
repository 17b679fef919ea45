"""What happened on the phone, as every replica can know it."""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from loguru import logger
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.tables import CallRow
from database import DATABASE_ERRORS, READ_ONLY, storable


class Outcome(StrEnum):
    """How far a call came.

    A call that is still `ringing` or `talking` when its stream is over was dropped by us: the
    process died, or the socket never opened. `missed` is who hung up before anybody answered,
    `transferred` who was handed over to a person by the agent, `refused` who was never let in.
    """

    RINGING = "ringing"
    TALKING = "talking"
    COMPLETED = "completed"
    TRANSFERRED = "transferred"
    MISSED = "missed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Voicemail:
    """What a caller left after the tone.

    Attributes:
        sid: Twilio's id of the recording.
        url: where Twilio keeps it.
        secs: how long it is.
    """

    sid: str
    url: str
    secs: int


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """A call whose socket is there.

    Attributes:
        caller: the number of the signed webhook, E.164; None when it is no identity.
    """

    caller: str | None


class CallRecords:
    """The call records, one short transaction a method.

    What became of a call is noted sooner or later: what the database does not take when it
    happens is kept, and `catch_up` notes it.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        now: Callable[[], datetime],
        ended: Callable[[Outcome, str | None], None] = lambda outcome, reason: None,
    ) -> None:
        """Keep records.

        Args:
            sessions: makes database sessions.
            now: the time, aware.
            ended: is told outcome and reason of every call that ends here.
        """
        self._ended = ended
        self._sessions = sessions
        self._now = now
        self._owed: deque[Callable[[], Awaitable[None]]] = deque()

    async def ring(
        self, call_sid: str, *, caller: str | None, dialled: str, stir_verstat: str | None = None
    ) -> bool:
        """Note a call; a second webhook for it changes nothing. Says whether it was the first."""
        try:
            async with self._sessions.begin() as session:
                session.add(
                    CallRow(
                        call_sid=call_sid,
                        caller=caller,
                        dialled=dialled[:64],
                        stir_verstat=stir_verstat and stir_verstat[:64],
                        outcome=Outcome.RINGING,
                        rang_at=self._now(),
                    )
                )
        except IntegrityError:
            return False
        return True

    async def claim(self, call_sid: str) -> ClaimedCall | None:
        """Take the call for the socket that asks; None when it is taken, over or never rang."""
        async with self._sessions.begin() as session:
            claimed = await session.execute(
                update(CallRow)
                .where(
                    CallRow.call_sid == call_sid,
                    CallRow.answered_at.is_(None),
                    CallRow.ended_at.is_(None),
                )
                .values(answered_at=self._now(), outcome=Outcome.TALKING)
                .returning(CallRow.caller)
            )
            row = claimed.one_or_none()
            return ClaimedCall(row.caller) if row else None

    async def finish(self, call_sid: str, outcome: Outcome, reason: str | None = None) -> None:
        """Note how a call ended; the first outcome stays."""
        await self._finish(call_sid, outcome, reason, self._now())

    async def note_end(self, call_sid: str, outcome: Outcome, reason: str | None = None) -> None:
        """Finish, sooner or later: a slow database is no reason to keep the line."""
        note = partial(self._finish, call_sid, outcome, reason, self._now())
        with suppress(*DATABASE_ERRORS):  # once more: who comes next would note another end
            await note()
            return
        await self._sooner_or_later("How the call ended", note)

    async def desk_rang(self, call_sid: str, answer: str) -> None:
        """Note what came of ringing the front desk, in Twilio's words."""
        note = partial(self._note, call_sid, desk_answer=storable(answer)[:16])
        await self._sooner_or_later("What the front desk did", note)

    async def keep_voicemail(self, call_sid: str, voicemail: Voicemail) -> None:
        """Note what the caller left; Twilio tells it twice, and the second time changes nothing."""
        note = partial(
            self._note,
            call_sid,
            voicemail_sid=storable(voicemail.sid)[:64],
            voicemail_url=storable(voicemail.url)[:500],
            voicemail_secs=voicemail.secs,
        )
        await self._sooner_or_later("The caller's message", note)

    async def note_recording(self, call_sid: str) -> bool:
        """Note that a call is recorded; false for a call that never rang here."""
        async with self._sessions.begin() as session:
            noted = await session.execute(
                update(CallRow)
                .where(CallRow.call_sid == call_sid)
                .values(recorded=True)
                .returning(CallRow.call_sid)
            )
            return noted.one_or_none() is not None

    async def is_recorded(self, call_sid: str) -> bool:
        """Whether there is a recording of a call that is to be kept."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            row = await session.get(CallRow, call_sid)
            return bool(row and row.recorded)

    async def is_wanted(self, call_sid: str) -> bool:
        """Whether somebody at the front desk took the call while it went on."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            row = await session.get(CallRow, call_sid)
            return bool(row and row.wanted_by)

    async def over(self, call_sid: str) -> None:
        """Twilio says that the call is over: who never came to talk was missed."""
        ringing = (CallRow.call_sid == call_sid) & (CallRow.outcome == Outcome.RINGING)
        note = partial(self._end, ringing, Outcome.MISSED, None, self._now())
        await self._sooner_or_later("That the call is over", note)

    async def catch_up(self) -> None:
        """Note what the database did not take, in order; raises what it raises now."""
        while self._owed:
            await self._owed[0]()
            self._owed.popleft()

    async def _sooner_or_later(self, what: str, note: Callable[[], Awaitable[None]]) -> None:
        try:
            await note()
        except DATABASE_ERRORS:
            logger.exception("{} cannot be noted yet", what)
            self._owed.append(note)

    async def _finish(
        self, call_sid: str, outcome: Outcome, reason: str | None, ended_at: datetime
    ) -> None:
        open_call = (CallRow.call_sid == call_sid) & CallRow.ended_at.is_(None)
        await self._end(open_call, outcome, reason and storable(reason)[:500], ended_at)

    async def _end(
        self, which: ColumnElement[bool], outcome: Outcome, reason: str | None, ended_at: datetime
    ) -> None:
        async with self._sessions.begin() as session:
            ended = await session.execute(
                update(CallRow)
                .where(which)
                .values(outcome=outcome, reason=reason, ended_at=ended_at)
                .returning(CallRow.call_sid)
            )
            changed = ended.one_or_none() is not None
        if changed:
            self._ended(outcome, reason)

    async def _note(self, call_sid: str, **facts: str | int) -> None:
        async with self._sessions.begin() as session:
            await session.execute(
                update(CallRow).where(CallRow.call_sid == call_sid).values(**facts)
            )

    async def check(self) -> None:
        """See that the database answers; raises what it raises when it does not."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            await session.execute(select(CallRow.call_sid).limit(1))

    async def outcome(self, call_sid: str) -> Outcome | None:
        """How far the call came; None for a call that never rang here."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            row = await session.get(CallRow, call_sid)
            return Outcome(row.outcome) if row else None
