"""The token in the path of a stream's URL: who may open the stream of which call.

Signed and short-lived; that it is used once is the call record's business, because every
replica must know.
"""

import hashlib
import hmac
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
        caller_digest: stands for the caller of the signed webhook; the number itself would
            stay in the logs of every proxy, since the token is part of a URL.
        origin_digest: stands for the origin of the page that may open it; "" when Twilio opens
            it, and signs that it does.
    """

    call_sid: str
    caller_digest: str
    origin_digest: str = ""

    @property
    def is_browsers(self) -> bool:
        """Whether a browser opens the stream: it cannot sign as Twilio does."""
        return bool(self.origin_digest)


class StreamTokens:
    """Makes and reads tokens with one secret."""

    def __init__(self, secret: str, now: Callable[[], datetime] = _now) -> None:
        """Sign and check with a secret.

        Args:
            secret: the same on every replica.
            now: the time, aware.
        """
        self._serializer = URLSafeTimedSerializer(secret, salt="media-stream")
        self._secret = secret.encode()
        self._now = now

    def issue(self, call_sid: str, caller: str, *, origin: str = "") -> str:
        """A token as a path segment.

        Args:
            call_sid: the call whose stream may be opened.
            caller: the caller's number as the signed webhook gave it; "" when it is withheld.
            origin: of the page that may open it, without a signature of Twilio's; "" for Twilio.
        """
        fields = [call_sid, self._digest(caller)]
        return str(self._serializer.dumps([*fields, self._digest(origin)] if origin else fields))

    def is_bound_to(self, token: StreamToken, caller: str) -> bool:
        """Whether the token was issued for this caller."""
        return hmac.compare_digest(token.caller_digest, self._digest(caller))

    def is_from(self, token: StreamToken, origin: str) -> bool:
        """Whether the token was issued for a page of this origin."""
        return hmac.compare_digest(token.origin_digest, self._digest(origin))

    def _digest(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:16]

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
        return StreamToken(*(str(field) for field in fields))
