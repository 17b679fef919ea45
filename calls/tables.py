"""The table of calls."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from database import Base, UtcDateTime


class CallRow(Base):
    """One phone call.

    Attributes:
        call_sid: Twilio's id of the call.
        caller: the caller's number in E.164; None when it was withheld.
        dialled: the number that was called.
        outcome: how far the call came; see `calls.records.Outcome`.
        reason: why it failed, for the log and the dashboard; None when it did not.
        rang_at: when the webhook came.
        answered_at: when a socket claimed the call; a call is claimed once.
        ended_at: when it ended.
    """

    __tablename__ = "calls"

    call_sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str | None] = mapped_column(String(32), index=True)
    dialled: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(500))
    rang_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
