"""What happens in a call, one value for each thing. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

Who = Literal["caller", "agent"]


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a response of the model took and gave, in tokens.

    Attributes:
        text_in: text that was read anew.
        audio_in: audio that was heard anew.
        cached_text_in: text that the model had in its cache.
        cached_audio_in: audio that it had there.
        text_out: text, tool calls and thoughts.
        audio_out: speech.
    """

    text_in: int = 0
    audio_in: int = 0
    cached_text_in: int = 0
    cached_audio_in: int = 0
    text_out: int = 0
    audio_out: int = 0

    @property
    def total(self) -> int:
        """Of all kinds."""
        return (
            self.text_in
            + self.audio_in
            + self.cached_text_in
            + self.cached_audio_in
            + self.text_out
            + self.audio_out
        )

    def __add__(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(
            self.text_in + other.text_in,
            self.audio_in + other.audio_in,
            self.cached_text_in + other.cached_text_in,
            self.cached_audio_in + other.cached_audio_in,
            self.text_out + other.text_out,
            self.audio_out + other.audio_out,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said.

    Attributes:
        at: when they began.
        who: caller or agent.
        text: their words; "" where transcripts are off.
        latency_ms: of an answer: from the end of the caller's turn to its first audio.
        entry_id: makes writing it a second time harmless.
    """

    at: datetime
    who: Who
    text: str
    latency_ms: int | None = None
    entry_id: str = field(default_factory=_new_id)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model called.

    Attributes:
        at: when it was called.
        tool_call_id: the model's id of it.
        name: of the tool.
        arguments: as the model gave them; empty where transcripts are off.
        result: what the tool told the model; None for one that failed or never answered.
        ok: whether the tool did what it was called for; None for one that failed or never answered.
        duration_ms: how long it took; None for one that never answered.
        entry_id: makes writing it a second time harmless.
    """

    at: datetime
    tool_call_id: str
    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None = None
    ok: bool | None = None
    duration_ms: int | None = None
    entry_id: str = field(default_factory=_new_id)


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a model was used for, and what that costs.

    Attributes:
        at: when it was known.
        model: that was used.
        tokens: of a response.
        heard_secs: of audio that was transcribed.
        cost_microdollars: millionths of a US dollar; None when the model's prices are unknown.
        entry_id: makes writing it a second time harmless.
    """

    at: datetime
    model: str
    tokens: Tokens = Tokens()
    heard_secs: float = 0.0
    cost_microdollars: int | None = None
    entry_id: str = field(default_factory=_new_id)


Entry = Turn | ToolUse | ModelUse
