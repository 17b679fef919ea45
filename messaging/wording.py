"""The words of text messages, in the customer's language. Pure once the files are read."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from babel.lists import format_list
from jinja2 import Environment, StrictUndefined

from booking.spa import Spa
from booking.text_message import TextMessage

TEXTS = Path(__file__).parent / "texts"
"""A file for each language, with a template for each kind of text."""

FALLBACK = "en"
"""For a house whose own languages have no file."""

_NO_BREAK = str.maketrans({"\u00a0": " ", "\u202f": " "})
"""Babel's spaces that do not break make a text message twice as long as plain ones."""


class Wording:
    """Puts the texts of a spa into words."""

    def __init__(self, spa: Spa, calendar_url: Callable[[str], str]) -> None:
        """Speak for a spa.

        Args:
            spa: the house.
            calendar_url: gives the address of an appointment's calendar file, from its code.
        """
        self._spa = spa
        self._calendar_url = calendar_url
        # Not autoescaped: this is plain text.
        self._templates = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  # nosec B701

    def words(self, text: TextMessage) -> str:
        """The body of a text."""
        language = self._language(text.language)
        locale, facts = self._locale(language), text.facts
        starts_at = datetime.fromisoformat(facts["starts_at"])
        values = {
            "spa": self._spa.name,
            "treatment": facts["treatment"],
            "day": say_day(starts_at, locale),
            "time": say_time(starts_at, locale),
            "therapists": format_list(facts["therapists"], locale=locale),
        }
        if "code" in facts:
            values |= {"code": facts["code"], "calendar": self._calendar_url(facts["code"])}
        if "until" in facts:
            until = datetime.fromisoformat(facts["until"])
            values["until"] = f"{say_day(until, locale)}, {say_time(until, locale)}"
        return self._templates.from_string(_texts(language)[text.kind]).render(values)

    def _language(self, wished: str) -> str:
        """The customer's language if the house speaks it, else the first of the house's."""
        spoken = self._spa.languages
        candidates = (wished, *spoken) if wished in spoken else spoken
        return next((code for code in candidates if code in languages()), FALLBACK)

    def _locale(self, language: str) -> Locale:
        """How dates are written there: a day comes before its month in one country, not in all."""
        try:
            return Locale.parse(
                f"{language}_{self._spa.country}" if self._spa.country else language
            )
        except UnknownLocaleError:
            return Locale(language)


def say_day(moment: datetime, locale: Locale) -> str:
    """A day as people write it: "Tue, Dec 1"."""
    return format_skeleton("MMMEd", moment, locale=locale).translate(_NO_BREAK)


def say_time(moment: datetime, locale: Locale) -> str:
    """A time of day as people write it: "2:00 PM", "14:00"."""
    return format_time(moment.timetz(), "short", locale=locale).translate(_NO_BREAK)


@cache
def languages() -> frozenset[str]:
    """The languages that texts are written in, ISO-639-1."""
    return frozenset(path.stem for path in TEXTS.glob("*.toml"))


@cache
def _texts(language: str) -> dict[str, str]:
    return tomllib.loads((TEXTS / f"{language}.toml").read_text(encoding="utf-8"))
