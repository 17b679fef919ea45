"""The number that a call of the browser phone is said to come from. Pure."""

import phonenumbers


class UnclearNumber(Exception):
    """No telephone has that number."""


def read_caller(text: str, country: str) -> str | None:
    """A number as somebody types it, in E.164; None for a withheld one.

    Args:
        text: what was typed; nothing withholds the number.
        country: where a number without a country code is, ISO 3166.

    Raises:
        UnclearNumber: no telephone has it.
    """
    if not text.strip():
        return None
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        raise UnclearNumber from error
    if not phonenumbers.is_valid_number(number):
        raise UnclearNumber
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
