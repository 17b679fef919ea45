"""What the model passes, as values of the spa.

The model may pass anything; what cannot be read becomes a sentence that asks again.
"""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, date, time
from typing import Any

from booking.desk import BookingDesk
from booking.errors import BookingError
from booking.phones import UnclearNumber, read_number
from booking.waiting import PartOfDay
from tools.days import UnclearDay, resolve_day

MONTH_FIRST = ("US", "")
"""Where 12/1 is the first of December; also where the spa does not say where it is."""

UNCLEAR_DAY = "I did not catch the day. Which day would you like?"

UNCLEAR_PHONE = (
    "I did not catch the number. Could you say it digit by digit, or type it on your keypad?"
)


LONGEST = 10_000
"""Nobody says as much in one breath."""


class UnclearArgument(BookingError):
    """Something the model passed cannot be read."""

    reason = "unclear"


def check_texts(arguments: Mapping[str, Any]) -> None:
    """See that every argument is a text of some length, as every tool's schema says.

    Raises:
        UnclearArgument: the model passed a number, a list, nothing, a book.
    """
    for name, value in arguments.items():
        if not isinstance(value, str) or len(value) > LONGEST:
            raise UnclearArgument(
                f"I did not catch the {name.replace('_', ' ')}. Could you repeat it?"
            )


def read_date(text: str, desk: BookingDesk) -> date:
    """A day written YYYY-MM-DD, or in the caller's words, from where the spa is.

    Raises:
        UnclearArgument: it is neither, or not for certain.
    """
    month_first = desk.catalog.spa.country in MONTH_FIRST
    try:
        day = resolve_day(text, desk.today(), month_first=month_first)
    except UnclearDay as error:
        raise UnclearArgument(UNCLEAR_DAY) from error
    # In the first and the last year that Python knows, not every time of a zone is one of UTC.
    if day.year in (MINYEAR, MAXYEAR):
        raise UnclearArgument(UNCLEAR_DAY)
    return day


def read_time(text: str) -> time | None:
    """A wall time written HH:MM, 24 hours; None when it is left out.

    Raises:
        UnclearArgument: it is neither.
    """
    if not text.strip():
        return None
    try:
        at = time.fromisoformat(text.strip())
    except ValueError as error:
        raise UnclearArgument("I did not catch the time. What time would you like?") from error
    if at.tzinfo is not None or at.second or at.microsecond:
        raise UnclearArgument("I did not catch the time. What time would you like?")
    return at


def read_part_of_day(text: str) -> PartOfDay | None:
    """Morning, afternoon or evening; None when it is left out.

    Raises:
        UnclearArgument: it is none of them.
    """
    if not text.strip():
        return None
    try:
        return PartOfDay(text.strip().lower())
    except ValueError as error:
        raise UnclearArgument(
            "Would you like to come in the morning, the afternoon or the evening?"
        ) from error


def read_phone(text: str, country: str) -> str:
    """A number that a caller says, in E.164; "" when it is left out.

    Args:
        text: as the model wrote it down.
        country: where a number without a country code is, ISO 3166.

    Raises:
        UnclearArgument: no telephone could have that number.
    """
    if not text.strip():
        return ""
    try:
        return read_number(text, country)
    except UnclearNumber as error:
        raise UnclearArgument(UNCLEAR_PHONE) from error
