"""Who is calling, as far as a telephone network can tell. Pure."""

import re

import phonenumbers

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")

WITHHELD_KEYPAD = {
    "+266696687",  # ANONYMOUS
    "+7378742833",  # RESTRICTED
    "+8656696",  # UNKNOWN
    "+2562533",  # BLOCKED
    "+86282452253",  # UNAVAILABLE
}
"""Words that carriers put into the caller's number, spelled on a keypad; they look like E.164."""


def caller_phone(from_: str) -> str | None:
    """The caller's number in E.164, or None when `From` is no identity.

    Withheld numbers, SIP and `client:` callers and numbers that no plan has are no identity.
    """
    # Stricter than the library, which takes letters, blanks and extensions, too.
    if from_ in WITHHELD_KEYPAD or not _E164.fullmatch(from_):
        return None
    try:
        number = phonenumbers.parse(from_)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(phone: str | None) -> str:
    """A number as logs may show it: the last two digits."""
    return f"...{phone[-2:]}" if phone else "withheld"
