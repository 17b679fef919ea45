"""What calls are looked for by."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists

from calls.tables import CallRow, TurnRow
from database import storable


@dataclass(frozen=True, slots=True)
class CallSearch:
    """Which calls are wanted; what is empty does not matter.

    Attributes:
        caller: part of the caller's number.
        words: what somebody said, as far as words are kept.
        outcome: how far the call came; see `calls.records.Outcome`.
        before: when it must have rung at the latest.
    """

    caller: str = ""
    words: str = ""
    outcome: str = ""
    before: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        found: list[ColumnElement[bool]] = []
        if self.caller:
            found.append(CallRow.caller.contains(storable(self.caller), autoescape=True))
        if self.outcome:
            found.append(CallRow.outcome == storable(self.outcome))
        if self.before is not None:
            found.append(CallRow.rang_at < self.before)
        if self.words:
            said = TurnRow.text.icontains(storable(self.words), autoescape=True)
            found.append(exists().where(TurnRow.call_sid == CallRow.call_sid, said))
        return found
