"""What is a phone number, and what only looks like one. Pure."""

import re

E164 = re.compile(r"\+[1-9]\d{6,14}")

WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""Words on a keypad, ANONYMOUS and the like: what Twilio gives for a caller without a number."""


def is_number(text: str) -> bool:
    """Whether somebody can be reached there."""
    return E164.fullmatch(text) is not None and text not in WITHHELD
