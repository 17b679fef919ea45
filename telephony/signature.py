"""Whether a request was signed by Twilio with our Auth Token. Pure.

Source: Twilio's security page and `twilio.request_validator`; several tokens are accepted
because Twilio keeps two during a rotation.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from twilio.request_validator import RequestValidator


def signed_webhook(
    url: str, form: Mapping[str, Any], signature: str, auth_tokens: Iterable[str]
) -> bool:
    """Whether Twilio signed this webhook.

    Args:
        url: the URL exactly as Twilio was told it, query included.
        form: every form value, the blank ones too, because they are signed.
        signature: the X-Twilio-Signature header.
        auth_tokens: the account's Auth Tokens.
    """
    return any(
        RequestValidator(token).validate(url, form, signature) is True for token in auth_tokens
    )


def signed_handshake(url: str, signature: str, auth_tokens: Iterable[str]) -> bool:
    """Whether Twilio signed the opening of this WebSocket.

    Args:
        url: the stream's URL as the TwiML had it (wss://...); Twilio may sign it with a slash
            at the end.
        signature: the X-Twilio-Signature header.
        auth_tokens: the account's Auth Tokens.
    """
    bare = url.rstrip("/")
    tokens = list(auth_tokens)
    return any(signed_webhook(form, {}, signature, tokens) for form in (bare, f"{bare}/"))
