"""The tables of calls."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
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
        wanted_by: who at the front desk took the call while it went on; None for nobody.
        recorded: whether there is a recording of the call; see `calls.shelf`.
    """

    __tablename__ = "calls"
    __table_args__ = (Index("calls_by_moment", "rang_at", "outcome"),)

    call_sid: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str | None] = mapped_column(String(32), index=True)
    dialled: Mapped[str] = mapped_column(String(64))
    stir_verstat: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(500))
    rang_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    desk_answer: Mapped[str | None] = mapped_column(String(16))
    voicemail_sid: Mapped[str | None] = mapped_column(String(64))
    voicemail_url: Mapped[str | None] = mapped_column(String(500))
    voicemail_secs: Mapped[int | None]
    wanted_by: Mapped[str | None] = mapped_column(String(64))
    recorded: Mapped[bool] = mapped_column(default=False)


class TurnRow(Base):
    """What somebody said in a call; see `calls.entries.Turn`."""

    __tablename__ = "call_turns"
    __table_args__ = (
        Index("call_turns_by_call", "call_sid", "at"),
        Index("call_turns_by_moment", "at", "latency_ms"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_sid: Mapped[str] = mapped_column(ForeignKey("calls.call_sid", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    latency_ms: Mapped[int | None]


class ToolUseRow(Base):
    """A tool that the model called; see `calls.entries.ToolUse`."""

    __tablename__ = "call_tools"
    __table_args__ = (Index("call_tools_by_call", "call_sid", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_sid: Mapped[str] = mapped_column(ForeignKey("calls.call_sid", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tool_call_id: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    ok: Mapped[bool | None]
    duration_ms: Mapped[int | None]


class ModelUseRow(Base):
    """What a model was used for in a call, and its price; see `calls.entries.ModelUse`."""

    __tablename__ = "call_model_uses"
    __table_args__ = (
        Index("call_model_uses_by_call", "call_sid", "at"),
        Index("call_model_uses_by_moment", "at", "cost_microdollars"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_sid: Mapped[str] = mapped_column(ForeignKey("calls.call_sid", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    model: Mapped[str] = mapped_column(String(64))
    text_in: Mapped[int]
    audio_in: Mapped[int]
    cached_text_in: Mapped[int]
    cached_audio_in: Mapped[int]
    text_out: Mapped[int]
    audio_out: Mapped[int]
    heard_secs: Mapped[float]
    cost_microdollars: Mapped[int | None]
