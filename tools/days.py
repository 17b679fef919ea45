"""Days as callers name them. Pure.

Not a date library: those measured either guess ("the 3rd" became the 24th of March) or read
"hello" as today, and a day that is guessed is an appointment that is missed. What is not read here
for certain is asked for again. Names of days and months come from Babel.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from babel.dates import get_day_names, get_month_names

LANGUAGES = ("en", "es")
"""Whose words for days are known."""

WEEK = timedelta(days=7)

_NEAR = {
    "today": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
    "tomorrow": 1, "tomorrow morning": 1, "tomorrow afternoon": 1, "tomorrow evening": 1,
    "day after tomorrow": 2, "week from today": 7, "today in a week": 7,
    "week from tomorrow": 8, "next week today": 7,
    "hoy": 0, "manana": 1, "pasado manana": 2,
}  # fmt: skip

_NUMBERS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
}  # fmt: skip

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second", "twenty-third",
    "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth",
    "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip

_FILLERS = (
    "on", "the", "of", "for", "please", "coming",
    "el", "la", "los", "de", "del", "para", "dia", "por", "favor",
)  # fmt: skip


class UnclearDay(ValueError):
    """No day, or not for certain which."""


def resolve_day(text: str, today: date, *, month_first: bool = True) -> date:
    """The day that somebody means.

    "Tuesday" and "this Tuesday" are the coming one, today included; "next Tuesday" is the one of
    the next week, which begins on Monday. A day without a year is the next such day.

    Args:
        text: YYYY-MM-DD, or words such as "tomorrow", "next Tuesday", "December 1", "the 3rd".
        today: the day it is where the spa is.
        month_first: whether 12/1 is the first of December, and not the twelfth of January.

    Raises:
        UnclearDay: it cannot be read for certain.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        words = _plain(text)
    for read in (_near, _in_some_time, _weekday):
        if (day := read(words, today)) is not None:
            return day
    # As a whole first: "mar" is March, and Tuesday in Spanish.
    if (day := _date(words, today, month_first)) is not None:
        return day
    weekday, _, rest = words.partition(" ")
    day = _date(rest, today, month_first)
    if day is None or _weekdays().get(weekday) != day.weekday():
        raise UnclearDay(f"no day, or not that day of the week: {text}")
    return day


def _plain(text: str) -> str:
    """Small letters without accents, commas and words that say nothing."""
    letters = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    words = re.sub(r"[^a-z0-9/\- ]", " ", bare).split()
    return " ".join(word for word in words if word not in _FILLERS)


def _near(words: str, today: date) -> date | None:
    days = _NEAR.get(words.removeprefix("a "))
    return None if days is None else today + timedelta(days=days)


def _in_some_time(words: str, today: date) -> date | None:
    found = re.fullmatch(r"(?:in|en) (\w+) (day|week|dia|semana)s?", words)
    if found is None:
        return None
    digits = re.fullmatch("[0-9]{1,3}", found[1])
    number = int(found[1]) if digits else _NUMBERS.get(found[1], 0)
    if number == 0:
        return None
    return today + number * (WEEK if found[2] in ("week", "semana") else timedelta(days=1))


def _weekday(words: str, today: date) -> date | None:
    """A day of this week, of the next one, or a week after."""
    names = _either(_weekdays())
    found = re.fullmatch(
        rf"(?P<later>a week |week |a week from |week from )?(?:(?P<which>this|next|este|proximo) )?"
        rf"(?P<day>{names})(?P<next> next week| proximo| que viene)?",
        words,
    )
    if found is None:
        return None
    wanted = _weekdays()[found["day"]]
    coming = today + timedelta(days=(wanted - today.weekday()) % 7)
    if found["which"] in ("next", "proximo") or found["next"]:
        monday = today - timedelta(days=today.weekday()) + WEEK
        coming = monday + timedelta(days=wanted)
    return coming + WEEK if found["later"] else coming


def _date(words: str, today: date, month_first: bool) -> date | None:
    """A day of a month, by name or in numbers, with or without a year."""
    month = _either(_months())
    day = rf"(?P<day>[0-9]{{1,2}}(?:st|nd|rd|th)?|{_either(_ORDINALS)})"
    year = r"(?: (?P<year>20[0-9]{2}))?"
    numbers = ("month", "day") if month_first else ("day", "month")
    numeric = "/".join(rf"(?P<{part}>[0-9]{{1,2}})" for part in numbers)
    for pattern in (
        rf"(?P<month>{month}) {day}{year}",
        rf"{day} (?P<month>{month}){year}",
        rf"{numeric}(?:/(?P<year>20[0-9]{{2}}))?",
        rf"{day}(?P<month>)(?P<year>)",
    ):
        if found := re.fullmatch(pattern, words):
            return _next(_day_number(found["day"]), found["month"], found["year"], today)
    return None


def _next(day: int, month: str, year: str | None, today: date) -> date:
    """The next such day, or the one of a given year."""
    number = _months().get(month) or int(month or 0)
    if year:
        return _valid(int(year), number, day)
    months = [(today.month + ahead - 1) % 12 + 1 for ahead in range(13)] if not number else [number]
    years = range(today.year, today.year + 9)  # a leap day may be eight years away
    candidates = (
        date(candidate, each, day)
        for candidate in years
        for each in sorted(months)
        if _exists(candidate, each, day)
    )
    found = next((candidate for candidate in candidates if candidate >= today), None)
    if found is None:
        raise UnclearDay("there is no such day")
    return found


def _valid(year: int, month: int, day: int) -> date:
    if not _exists(year, month, day):
        raise UnclearDay("there is no such day")
    return date(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _day_number(text: str) -> int:
    if text in _ORDINALS:
        return _ORDINALS.index(text) + 1
    return int(re.sub("[a-z]", "", text))


@cache
def _weekdays() -> dict[str, int]:
    """Names of the days of the week, in full and short; Monday is 0."""
    return _names(get_day_names)


@cache
def _months() -> dict[str, int]:
    """Names of the months, in full and short; January is 1."""
    return _names(get_month_names)


def _names(read: Callable[..., Any]) -> dict[str, int]:
    return {
        _plain(name): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in read(width, locale=language).items()
    }


def _either(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))
