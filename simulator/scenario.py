"""A call written down: what the caller says, what the agent says and does, what must be true after.

A scenario is a YAML file in `scenarios/`. Its texts are templates over the date and over the
results that the agent's tools gave, so that the agent can only say what the product found.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeGuard, cast
from zoneinfo import ZoneInfo

import holidays
import yaml
from jinja2 import Environment, StrictUndefined, TemplateError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SCENARIOS = Path(__file__).parent / "scenarios"

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ScenarioError(Exception):
    """A scenario file is wrong; the message names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Part):
    """One step of a call: exactly one of the caller's and the agent's kinds.

    Attributes:
        agent: what the agent says.
        tool: the tool that the agent calls.
        arguments: of the tool; a string is sent as it is.
        expect: what the tool's result must contain.
        caller: what the caller says.
        interrupt_after_ms: the caller does not wait, but speaks when so much was heard.
        press: keys that the caller presses.
        hang_up: the caller hangs up.
    """

    agent: str | None = None
    tool: str | None = None
    arguments: dict[str, Any] | str = Field(default_factory=dict[str, Any])
    expect: dict[str, Any] = Field(default_factory=dict[str, Any])
    caller: str | None = None
    interrupt_after_ms: int | None = None
    press: str | None = None
    hang_up: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [self.agent, self.tool, self.caller, self.press, self.hang_up or None]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("a turn is one of agent, tool, caller, press and hang_up")
        return self

    @property
    def is_agents(self) -> bool:
        """Whether the agent takes this turn."""
        return self.agent is not None or self.tool is not None


class Call(_Part):
    """One phone call of a scenario.

    Attributes:
        from_: the caller's number as Twilio would give it.
        turns: what happens, in order.
        verbs: what Twilio must have done by the end.
    """

    from_: str = Field(alias="from")
    turns: tuple[Turn, ...] = Field(min_length=1)
    verbs: tuple[str, ...] = ("connect",)


class Expectation(_Part):
    """What the database must hold, no row less and no row more.

    Attributes:
        appointments: each by phone, treatment, starts_at (wall time) and status.
    """

    appointments: tuple[dict[str, str], ...] = ()


class Scenario(_Part):
    """One or several calls and what must be true after them.

    Attributes:
        name: of the file.
        title: one line for people.
        after: the scenario that is played before, on the same database.
        time_zone: of the spa, read independently of its own file.
        calls: in order.
        expect: checked after the last call.
    """

    name: str
    title: str
    after: str | None = None
    time_zone: str = "America/New_York"
    calls: tuple[Call, ...] = Field(min_length=1)
    expect: Expectation = Expectation()


def load_scenario(name: str) -> Scenario:
    """The scenario with a name, or in a file.

    Raises:
        ScenarioError: there is none, or it is wrong.
    """
    path = Path(name) if name.endswith(".yaml") else SCENARIOS / f"{name}.yaml"
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        known = ", ".join(sorted(file.stem for file in SCENARIOS.glob("*.yaml")))
        raise ScenarioError(f"there is no scenario {name}; there are {known}") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path.name} is no YAML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        raise ScenarioError(f"{path.name}: {wrong}") from error


def load_chain(name: str) -> list[Scenario]:
    """A scenario behind all those that come before it.

    Raises:
        ScenarioError: one of them is wrong, or they go round in circles.
    """
    names, chain = [name], [load_scenario(name)]
    while (before := chain[0].after) is not None:
        if before in names:
            raise ScenarioError(f"{chain[0].name}: after: {before} comes after this one already")
        names.append(before)
        chain.insert(0, load_scenario(before))
    return chain


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


def contains(expected: Any, actual: Any) -> bool:
    """Whether all that is expected is in what is there; lists must have the same length."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return False
        there = cast(Mapping[str, Any], actual)
        pairs = cast(Mapping[str, Any], expected).items()
        return all(key in there and contains(value, there[key]) for key, value in pairs)
    if _is_list(expected):
        return (
            _is_list(actual)
            and len(actual) == len(expected)
            and all(contains(*pair) for pair in zip(expected, actual, strict=True))
        )
    return isinstance(expected, bool) is isinstance(actual, bool) and expected == actual


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
