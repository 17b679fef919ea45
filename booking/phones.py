"""Numbers as people give them, and those that may be dialled and texted. Pure."""

import phonenumbers
from phonenumbers import PhoneNumberType


class UnclearNumber(Exception):
    """No telephone could have that number."""


def read_number(text: str, country: str) -> str:
    """A number in E.164.

    Args:
        text: as somebody said or typed it.
        country: where a number without a country code is, ISO 3166.

    Raises:
        UnclearNumber: no telephone could have it.
    """
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        raise UnclearNumber from error
    if not phonenumbers.is_possible_number(number):
        raise UnclearNumber
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(phone: str) -> str:
    """The country of a number, ISO 3166; "" when it belongs to none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
    except phonenumbers.NumberParseException:
        return ""


def is_premium(phone: str) -> bool:
    """Whether whoever dials or texts a number, E.164, pays its owner for it."""
    return phonenumbers.number_type(phonenumbers.parse(phone)) == PhoneNumberType.PREMIUM_RATE


def check_desk(phone: str, countries: tuple[str, ...]) -> None:
    """See that a number, to which callers are handed over, costs what a call at home does.

    A number that its country has not given out to anybody counts by its prefix.

    Args:
        phone: E.164.
        countries: ISO 3166, where it may be.

    Raises:
        ValueError: it does not.
    """
    if is_premium(phone):
        raise ValueError(f"spa.front_desk_number: {phone} is a premium-rate number")
    prefixes = {phonenumbers.country_code_for_region(country) for country in countries}
    region, prefix = region_of(phone), phonenumbers.parse(phone).country_code
    if region not in countries if region else prefix not in prefixes:
        raise ValueError(
            f"spa.front_desk_number: {phone} is abroad, and every transfer would be dialled "
            "there; if that is right, add its country to messages.countries"
        )
