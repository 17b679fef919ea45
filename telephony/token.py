"""The token in the path of a stream's URL: who may open the stream of which call.

Signed and short-lived; that it is used once is the call record's business, because every
replica must know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeTimedSerializer

TOKEN_SECS = 120
"""Twilio opens the socket within a second of our TwiML; two minutes forgive a retry."""


def _now() -> datetime:
    return datetime.now(UTC)


class TokenRejected(Exception):
    """The token is not ours, is too old, or is damaged."""


@dataclass(frozen=True, slots=True)
class StreamToken:
    """What a token says.

    Attributes:
        call_sid: the call whose stream may be opened.
        caller: the caller's number as the signed webhook gave it.
    """

    call_sid: str
    caller: str


class StreamTokens:
    """Makes and reads tokens with one secret."""

    def __init__(self, secret: str, now: Callable[[], datetime] = _now) -> None:
        """Sign and check with a secret.

        Args:
            secret: the same on every replica.
            now: the time, aware.
        """
        self._serializer = URLSafeTimedSerializer(secret, salt="media-stream")
        self._now = now

    def issue(self, token: StreamToken) -> str:
        """A token as a path segment."""
        return str(self._serializer.dumps([token.call_sid, token.caller]))

    def read(self, text: str) -> StreamToken:
        """The token in a path segment.

        Raises:
            TokenRejected: it is not ours, older than `TOKEN_SECS`, or damaged.
        """
        try:
            fields, issued_at = self._serializer.loads(text, return_timestamp=True)
        except BadData as error:
            raise TokenRejected(type(error).__name__) from error
        # Not the library's `max_age`: it refuses a token of a replica whose clock is ahead.
        if abs((self._now() - issued_at).total_seconds()) > TOKEN_SECS:
            raise TokenRejected("expired")
        call_sid, caller = fields
        return StreamToken(call_sid=str(call_sid), caller=str(caller))
