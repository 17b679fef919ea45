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
        stir_verstat: how far the caller's carrier vouches for the number, in Twilio's words;
            None for most of the world.
        outcome: how far the call came; see `calls.records.Outcome`.
        reason: why it failed or was handed over, for the log and the dashboard.
        rang_at: when the webhook came.
        answered_at: when a socket claimed the call; a call is claimed once.
        ended_at: when its stream ended.
        desk_answer: Twilio's DialCallStatus when the front desk was rung; None when it was not.
        voicemail_sid: Twilio's id of what the caller left; None for nothing.
        voicemail_url: where Twilio keeps it.
        voicemail_secs: how long it is.
    """

    __tablename__ = "calls"

    call_sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str | None] = mapped_column(String(32), index=True)
    dialled: Mapped[str] = mapped_column(String(64))
    stir_verstat: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(500))
    rang_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    desk_answer: Mapped[str | None] = mapped_column(String(16))
    voicemail_sid: Mapped[str | None] = mapped_column(String(64))
    voicemail_url: Mapped[str | None] = mapped_column(String(500))
    voicemail_secs: Mapped[int | None]
