"""What happens in calls, kept in memory and written behind them.

A call only adds; whoever does the chores of the process writes. So neither a slow database nor
one that is gone is ever heard on the phone.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from loguru import logger
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.entries import Entry, ModelUse, ToolUse, Turn
from calls.tables import CallRow, ModelUseRow, ToolUseRow, TurnRow
from database import storable

MOST_KEPT = 20_000
"""Entries in memory while the database is gone: an hour of fifty calls."""

AT_ONCE = 200
"""Entries in a transaction, so that a booking never waits long for the lock."""

Row = TurnRow | ToolUseRow | ModelUseRow


class CallJournal:
    """The entries of all calls of a process that are not in the database yet."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        watch: Callable[[Entry], None] = lambda entry: None,
        *,
        most_kept: int = MOST_KEPT,
        at_once: int = AT_ONCE,
    ) -> None:
        """Keep a journal; nothing is written before `write`.

        Args:
            sessions: makes database sessions.
            watch: is shown every entry as it is made.
            most_kept: entries in memory; above it the oldest is lost.
            at_once: entries in a transaction.
        """
        self._sessions = sessions
        self._watch = watch
        self._most_kept = most_kept
        self._at_once = at_once
        self._entries: deque[tuple[str, Entry]] = deque()
        self._lost = 0

    def of(self, call_sid: str) -> Callable[[Entry], None]:
        """What adds an entry to a call."""

        def add(entry: Entry) -> None:
            self._watch(entry)
            if len(self._entries) >= self._most_kept:
                self._entries.popleft()
                self._lost += 1
            self._entries.append((call_sid, entry))

        return add

    async def write(self) -> None:
        """Write what there is; what fails stays for the next time."""
        if self._lost:
            logger.error("Call journal was full, {} entries are lost", self._lost)
            self._lost = 0
        while batch := list(islice(self._entries, self._at_once)):
            await self._write(batch)
            # Calls that ended meanwhile may have pushed some of it out at the left.
            written = {entry.entry_id for _, entry in batch}
            while self._entries and self._entries[0][1].entry_id in written:
                self._entries.popleft()

    async def _write(self, batch: Sequence[tuple[str, Entry]]) -> None:
        """One transaction of few statements: whoever books waits for its end."""
        wanted = {call_sid for call_sid, _ in batch}
        async with self._sessions.begin() as session:
            query = select(CallRow.call_sid).where(CallRow.call_sid.in_(wanted))
            # Pipecat's own runner has calls that never rang, and so no record.
            known = set(await session.scalars(query))
            rows = [_row(call_sid, entry) for call_sid, entry in batch if call_sid in known]
            for table in (TurnRow, ToolUseRow, ModelUseRow):
                new = {row.id: row for row in rows if type(row) is table}
                # The last attempt may have been written, though it was never confirmed.
                there = set(await session.scalars(select(table.id).where(table.id.in_(new))))
                session.add_all(row for id_, row in new.items() if id_ not in there)


def _row(call_sid: str, entry: Entry) -> Row:
    match entry:
        case Turn():
            return TurnRow(
                id=entry.entry_id,
                call_sid=call_sid,
                at=entry.at,
                who=entry.who,
                text=storable(entry.text),
                latency_ms=entry.latency_ms,
            )
        case ToolUse():
            return ToolUseRow(
                id=entry.entry_id,
                call_sid=call_sid,
                at=entry.at,
                tool_call_id=storable(entry.tool_call_id)[:128],
                name=storable(entry.name)[:64],
                arguments=entry.arguments,
                result=entry.result,
                ok=entry.ok,
                duration_ms=entry.duration_ms,
            )
        case ModelUse(tokens=tokens):
            return ModelUseRow(
                id=entry.entry_id,
                call_sid=call_sid,
                at=entry.at,
                model=entry.model[:64],
                text_in=tokens.text_in,
                audio_in=tokens.audio_in,
                cached_text_in=tokens.cached_text_in,
                cached_audio_in=tokens.cached_audio_in,
                text_out=tokens.text_out,
                audio_out=tokens.audio_out,
                heard_secs=entry.heard_secs,
                cost_microdollars=entry.cost_microdollars,
            )
