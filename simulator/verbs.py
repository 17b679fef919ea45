"""The verbs of TwiML that Twilio does, as its documentation has them."""

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["GET", "POST"]
"""How Twilio asks a URL."""


@dataclass(frozen=True)
class Connect:
    """`<Connect><Stream>`: a bidirectional media stream; the document waits for its end."""

    stream_url: str
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    action: str | None = None
    method: Method = "POST"


@dataclass(frozen=True)
class StartStream:
    """`<Start><Stream>`: one-way; nothing sent back is ever played."""

    stream_url: str


@dataclass(frozen=True)
class Dial:
    """Connects the caller to a number.

    Attributes:
        number: who is called.
        action: what is asked when that call is over.
        method: of the action.
        timeout_secs: how long it rings.
        caller_id: the number that is shown; None for the caller's own.
    """

    number: str
    action: str | None = None
    method: Method = "POST"
    timeout_secs: int = 30
    caller_id: str | None = None


@dataclass(frozen=True)
class Say:
    """Speaks a text to the caller."""

    text: str


@dataclass(frozen=True)
class Play:
    """Plays a file to the caller."""

    url: str


@dataclass(frozen=True)
class Pause:
    """Waits."""

    secs: float


@dataclass(frozen=True)
class Record:
    """Records what the caller says.

    Attributes:
        action: what is asked when something was recorded.
        method: of the action.
        finish_on_key: the keys that end it.
        callback: what is told when the recording can be fetched.
        callback_method: of the callback.
    """

    action: str | None = None
    method: Method = "POST"
    finish_on_key: str = "1234567890*#"
    callback: str | None = None
    callback_method: Method = "POST"


@dataclass(frozen=True)
class Redirect:
    """Goes on with another document."""

    url: str
    method: Method = "POST"


@dataclass(frozen=True)
class Hangup:
    """Ends the call."""


@dataclass(frozen=True)
class Reject:
    """Refuses the call unanswered.

    Attributes:
        reason: `rejected` or `busy`: what the caller hears.
    """

    reason: str = "rejected"


Verb = Connect | StartStream | Dial | Say | Play | Pause | Record | Redirect | Hangup | Reject
