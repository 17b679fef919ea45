"""Calls of the browser phone: no telephone network knows them. Pure."""

import secrets

PREFIX = "browser-"
"""How their ids begin; Twilio's are two letters and hexadecimal digits."""


def new_browser_call() -> str:
    """An id for a call that a browser makes."""
    return PREFIX + secrets.token_hex(16)


def is_browser_call(call_sid: str) -> bool:
    """Whether Twilio has no such call: it can neither be redirected nor be texted about."""
    return call_sid.startswith(PREFIX)
