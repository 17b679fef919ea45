"""The receipt of a call: all that is known of it, as one value."""

from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from calls.entries import ModelUse, Tokens, ToolUse, Turn, Who
from calls.records import Outcome
from calls.search import CallSearch
from calls.tables import CallRow, ModelUseRow, ToolUseRow, TurnRow
from database import READ_ONLY, storable

PAGE = 100
"""Receipts that are read at once: an export of years fits into little memory."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened in one call.

    Attributes:
        call_sid: Twilio's id of the call.
        caller: E.164; None when it was withheld.
        dialled: the number that was called.
        stir_verstat: how far the caller's carrier vouches for the number.
        outcome: how far the call came; see `calls.records.Outcome`.
        reason: why it failed, was handed over or was not let in.
        rang_at: when the webhook came.
        answered_at: when its socket came.
        ended_at: when its stream ended.
        desk_answer: what came of ringing the front desk, in Twilio's words.
        voicemail_sid: Twilio's id of what the caller left.
        voicemail_secs: how long that is.
        wanted_by: who at the front desk took the call while it went on.
        recorded: whether there is a recording of the call.
        turns: what was said, in order.
        tools: what the model called, in order.
        model_uses: what the models were used for, in order.
    """

    call_sid: str
    caller: str | None
    dialled: str
    stir_verstat: str | None
    outcome: str
    reason: str | None
    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    desk_answer: str | None
    voicemail_sid: str | None
    voicemail_secs: int | None
    wanted_by: str | None = None
    recorded: bool = False
    turns: tuple[Turn, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    model_uses: tuple[ModelUse, ...] = ()

    @property
    def talked_secs(self) -> float | None:
        """From pick-up to the end of the stream; None for a call without both."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.answered_at).total_seconds()

    @property
    def tokens(self) -> Tokens:
        """Of all responses."""
        return reduce(add, (use.tokens for use in self.model_uses), Tokens())

    @property
    def heard_secs(self) -> float:
        """Of audio that was transcribed."""
        return sum(use.heard_secs for use in self.model_uses)

    @property
    def cost_usd(self) -> float | None:
        """What the models cost; None as soon as one price is unknown."""
        costs = [use.cost_microdollars for use in self.model_uses]
        known = [cost for cost in costs if cost is not None]
        return sum(known) / 1_000_000 if len(known) == len(costs) else None

    def as_json(self) -> dict[str, Any]:
        """The receipt with its totals, of what JSON has."""
        facts = asdict(self) | {
            "talked_secs": self.talked_secs,
            "tokens": asdict(self.tokens),
            "heard_secs": self.heard_secs,
            "cost_usd": self.cost_usd,
        }
        return to_jsonable_python(facts)


class Receipts:
    """Reads receipts; writes nothing."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], *, page: int = PAGE) -> None:
        """Read from a database.

        Args:
            sessions: makes database sessions.
            page: receipts that are read at once.
        """
        self._sessions = sessions
        self._page = page

    async def of(self, call_sid: str) -> Receipt | None:
        """The receipt of a call; None for a call that never rang here."""
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            row = await session.get(CallRow, storable(call_sid))
            return await _receipt(session, row) if row else None

    async def latest(self, count: int, search: CallSearch) -> list[Receipt]:
        """The heads of receipts, without what happened in the calls; the newest first.

        Args:
            count: how many at most.
            search: which calls.
        """
        query = select(CallRow).where(*search.conditions())
        query = query.order_by(CallRow.rang_at.desc(), CallRow.call_sid).limit(count)
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            return [_head(row) for row in await session.scalars(query)]

    async def going_on(self, since: datetime) -> list[Receipt]:
        """What was said and done so far in calls that go on, the latest call first.

        Args:
            since: when a call must have rung; what is older died with its process.
        """
        async with self._sessions() as session:
            await session.connection(execution_options=READ_ONLY)
            rows = (await session.scalars(talking(since))).all()
            sids = [row.call_sid for row in rows]
            turns = select(TurnRow).where(TurnRow.call_sid.in_(sids)).order_by(TurnRow.at)
            tools = select(ToolUseRow).where(ToolUseRow.call_sid.in_(sids)).order_by(ToolUseRow.at)
            said = (await session.scalars(turns)).all() if sids else ()
            done = (await session.scalars(tools)).all() if sids else ()
        return [
            replace(
                _head(row),
                turns=tuple(_turn(turn) for turn in said if turn.call_sid == row.call_sid),
                tools=tuple(_tool_use(tool) for tool in done if tool.call_sid == row.call_sid),
            )
            for row in rows
        ]

    async def since(self, moment: datetime) -> AsyncGenerator[Receipt]:
        """The receipts of the calls that rang from then on, the oldest first."""
        rang_at, call_sid = moment, ""
        while True:
            async with self._sessions() as session:
                await session.connection(execution_options=READ_ONLY)
                rows = await session.scalars(
                    select(CallRow)
                    .where(
                        (CallRow.rang_at > rang_at)
                        | ((CallRow.rang_at == rang_at) & (CallRow.call_sid > call_sid))
                    )
                    .order_by(CallRow.rang_at, CallRow.call_sid)
                    .limit(self._page)
                )
                receipts = [await _receipt(session, row) for row in rows.all()]
            for receipt in receipts:
                yield receipt
            if len(receipts) < self._page:
                return
            rang_at, call_sid = receipts[-1].rang_at, receipts[-1].call_sid


def talking(since: datetime) -> Select[CallRow]:
    """The calls that rang from a moment on and are talked on, the latest first."""
    return (
        select(CallRow)
        .where(CallRow.outcome == Outcome.TALKING, CallRow.rang_at > since)
        .order_by(CallRow.rang_at.desc(), CallRow.call_sid)
    )


async def _receipt(session: AsyncSession, row: CallRow) -> Receipt:
    turns = select(TurnRow).where(TurnRow.call_sid == row.call_sid).order_by(TurnRow.at)
    tools = select(ToolUseRow).where(ToolUseRow.call_sid == row.call_sid).order_by(ToolUseRow.at)
    uses = select(ModelUseRow).where(ModelUseRow.call_sid == row.call_sid).order_by(ModelUseRow.at)
    return replace(
        _head(row),
        turns=tuple(_turn(turn) for turn in await session.scalars(turns)),
        tools=tuple(_tool_use(tool) for tool in await session.scalars(tools)),
        model_uses=tuple(_model_use(use) for use in await session.scalars(uses)),
    )


def _head(row: CallRow) -> Receipt:
    return Receipt(
        call_sid=row.call_sid,
        caller=row.caller,
        dialled=row.dialled,
        stir_verstat=row.stir_verstat,
        outcome=row.outcome,
        reason=row.reason,
        rang_at=row.rang_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        desk_answer=row.desk_answer,
        voicemail_sid=row.voicemail_sid,
        voicemail_secs=row.voicemail_secs,
        wanted_by=row.wanted_by,
        recorded=row.recorded,
    )


def _turn(row: TurnRow) -> Turn:
    who: Who = "agent" if row.who == "agent" else "caller"
    return Turn(row.at, who, row.text, row.latency_ms, entry_id=row.id)


def _tool_use(row: ToolUseRow) -> ToolUse:
    return ToolUse(
        row.at,
        row.tool_call_id,
        row.name,
        row.arguments,
        result=row.result,
        ok=row.ok,
        duration_ms=row.duration_ms,
        entry_id=row.id,
    )


def _model_use(row: ModelUseRow) -> ModelUse:
    tokens = Tokens(
        row.text_in,
        row.audio_in,
        row.cached_text_in,
        row.cached_audio_in,
        row.text_out,
        row.audio_out,
    )
    return ModelUse(
        row.at, row.model, tokens, row.heard_secs, row.cost_microdollars, entry_id=row.id
    )
