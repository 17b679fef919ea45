"""Whether a request was signed by Twilio with our Auth Token, or with a key that we share. Pure.

Source: Twilio's security page and `twilio.request_validator`; several secrets are accepted
because there are two during a rotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twilio import request_validator


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request says of its own signature.

    Attributes:
        text: its X-Twilio-Signature.
        settings: its X-Twilio-Webhooks-Signature-Settings, "" when the Auth Token signed it;
            else it names a shared key and the algorithm.
    """

    text: str
    settings: str = ""


@dataclass(frozen=True, slots=True)
class TwilioSecrets:
    """What Twilio may sign with.

    Attributes:
        auth_tokens: the account's.
        shared_keys: the secrets of its webhook keys.
    """

    auth_tokens: tuple[str, ...]
    shared_keys: tuple[str, ...] = ()


def read_signature(headers: Mapping[str, str]) -> Signature:
    """The signature of a request, from its headers."""
    return Signature(
        headers.get("x-twilio-signature", ""),
        headers.get("x-twilio-webhooks-signature-settings", ""),
    )


def signed_webhook(
    url: str, form: Mapping[str, Any], signature: Signature, secrets: TwilioSecrets
) -> bool:
    """Whether Twilio signed this webhook.

    Args:
        url: the URL exactly as Twilio was told it, query included.
        form: every form value, the blank ones too, because they are signed.
        signature: what the request says of it.
        secrets: what Twilio may sign with.
    """
    possible = secrets.shared_keys if signature.settings else secrets.auth_tokens
    algorithm = str(request_validator.get_signature_algorithm(signature.settings))
    validators = [request_validator.RequestValidator(secret) for secret in possible]
    return any(one.validate(url, form, signature.text, algorithm) is True for one in validators)


def signed_handshake(url: str, signature: Signature, secrets: TwilioSecrets) -> bool:
    """Whether Twilio signed the opening of this WebSocket.

    Args:
        url: the stream's URL as the TwiML had it (wss://...); Twilio may sign it with a slash
            at the end.
        signature: what the request says of it.
        secrets: what Twilio may sign with.
    """
    bare = url.rstrip("/")
    return any(signed_webhook(form, {}, signature, secrets) for form in (bare, f"{bare}/"))
