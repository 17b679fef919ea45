"""What the model passes, as values of the spa. Pure.

The model may pass anything; what cannot be read becomes a sentence that asks again.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from booking.errors import BookingError
from booking.models import PartOfDay


class UnclearArgument(BookingError):
    """Something the model passed cannot be read."""

    reason = "unclear"


def check_texts(arguments: Mapping[str, Any]) -> None:
    """See that every argument is a text, as every tool's schema says.

    Raises:
        UnclearArgument: the model passed a number, a list, nothing.
    """
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise UnclearArgument(
                f"I did not catch the {name.replace('_', ' ')}. Could you repeat it?"
            )


def read_date(text: str) -> date:
    """A day written YYYY-MM-DD.

    Raises:
        UnclearArgument: it is not.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UnclearArgument("I did not catch the day. Which day would you like?") from error


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
