"""Fills in the texts of a scenario: templates over the calendar and the results of the tools."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays
from jinja2 import Environment, StrictUndefined, TemplateError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ScenarioError(Exception):
    """A scenario file is wrong; the message names the file and the key."""


class Script:
    """Fills in the templates of a scenario.

    Attributes:
        results: the results of the agent's tools so far, parsed, oldest first.
    """

    def __init__(self, time_zone: str, now: datetime) -> None:
        """Fill in templates.

        Args:
            time_zone: of the spa.
            now: the time, aware.
        """
        self.results: list[Any] = []
        self._today = now.astimezone(ZoneInfo(time_zone)).date()
        self._templates = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  speech, not HTML
        words: dict[str, Any] = {
            "results": self.results,
            "today": self._today,
            "weekday": self._weekday,
            "day_after": _day_after,
            "spoken": _spoken,
        }
        cast(dict[str, Any], self._templates.globals).update(words)

    def fill(self, value: Any) -> Any:
        """The value with every text in it filled in.

        Raises:
            ScenarioError: a template speaks of something that is not there.
        """
        if isinstance(value, str):
            try:
                return self._templates.from_string(value).render()
            except (TemplateError, TypeError, ValueError) as error:
                raise ScenarioError(f'cannot fill in "{value}": {error}') from error
        if isinstance(value, Mapping):
            pairs = cast(Mapping[str, Any], value).items()
            return {key: self.fill(item) for key, item in pairs}
        if isinstance(value, Sequence):
            return [self.fill(item) for item in cast(Sequence[Any], value)]
        return value

    def _weekday(self, name: str) -> date:
        """The next day of that name that is at least two days ahead and no public holiday."""
        closed = holidays.country_holidays("US", subdiv="NY")
        day = self._today + timedelta(days=2)
        while day.weekday() != WEEKDAYS.index(name) or day in closed or _year_end(day):
            day += timedelta(days=1)
        return day


def _day_after(day: date | str) -> date:
    return date.fromisoformat(str(day)) + timedelta(days=1)


def _spoken(day: date | str) -> str:
    return f"{date.fromisoformat(str(day)):%A}"


def _year_end(day: date) -> bool:
    """The sample spa is closed around Christmas."""
    return day.month == 12 and 24 <= day.day <= 27  # noqa: PLR2004
