"""How Twilio signs: HMAC-SHA1 with the account's Auth Token, in base64. Pure.

Written from Twilio's security page, not with its library, so that a misreading cannot hide on
both sides.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def webhook_signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """The signature of a form that is posted to a URL; blank values count."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def handshake_signature(auth_token: str, url: str) -> str:
    """The signature of the opening of a WebSocket: of its own URL, without any form."""
    return webhook_signature(auth_token, url, {})
