"""Sentences and times as people say them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency

LOCALE = "en_US"
"""The language of the sentences; the model says them in the caller's."""


def say_date(day: date, today: date) -> str:
    """A day as people say it: "tomorrow, Tuesday, December 1"."""
    spoken = format_date(day, "EEEE, MMMM d", locale=LOCALE)
    if day.year != today.year:
        spoken = format_date(day, "EEEE, MMMM d, y", locale=LOCALE)
    near = {today: "today, ", today + timedelta(days=1): "tomorrow, "}
    return near.get(day, "") + spoken


def say_time(moment: datetime) -> str:
    """A time of day as people say it: "2 PM", "2:30 PM"."""
    pattern = "h:mm a" if moment.minute else "h a"
    return format_time(moment.timetz(), pattern, locale=LOCALE).replace("\u202f", " ")


def say_moment(moment: datetime, today: date) -> str:
    """Day and time: "Tuesday, December 1 at 2 PM"."""
    return f"{say_date(moment.date(), today)} at {say_time(moment)}"


def say_list(parts: Sequence[str], *, word: str = "or") -> str:
    """A list as people say it: "a, b, or c"."""
    return format_list(list(parts), style=word, locale=LOCALE)  # pyright: ignore[reportArgumentType]  a style, which babel names by literals


def say_money(amount: float, currency: str) -> str:
    """A price as people say it: "$110", "$79.50"."""
    digits = format_currency(amount, currency, locale=LOCALE)
    return digits.removesuffix(".00")
