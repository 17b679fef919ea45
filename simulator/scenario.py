"""A call written down: what the caller says, what the agent says and does, what must be true after.

A scenario is a YAML file in `scenarios/`. Its texts are templates over the date and over the
results that the agent's tools gave, so that the agent can only say what the product found.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeGuard, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.phone import DialStatus, VoicemailEnd
from simulator.script import ScenarioError, Script

__all__ = [
    "SCENARIOS",
    "Call",
    "Expectation",
    "ExpectedMessage",
    "Scenario",
    "ScenarioError",
    "Script",
    "ToolCall",
    "Turn",
    "contains",
    "load_chain",
    "load_scenario",
]

SCENARIOS = Path(__file__).parent / "scenarios"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolCall(_Part):
    """One call of a tool.

    Attributes:
        tool: its name, sent as it is even when there is no such tool.
        arguments: of the tool; a string is sent as it is.
        expect: what the result must contain.
    """

    tool: str
    arguments: dict[str, Any] | str = Field(default_factory=dict[str, Any])
    expect: dict[str, Any] = Field(default_factory=dict[str, Any])


class Turn(_Part):
    """One step of a call: exactly one of the caller's and the agent's kinds.

    Attributes:
        agent: what the agent says.
        tool: the tool that the agent calls.
        arguments: of the tool; a string is sent as it is.
        expect: what the tool's result must contain.
        tools: several calls that the agent makes in one response.
        hang_up_during: the caller hangs up as soon as the turn's last tool has been called.
        caller: what the caller says.
        interrupt_after_ms: the caller does not wait, but speaks when so much was heard.
        silent_secs: the caller says nothing for so long, or until the agent speaks.
        press: keys that the caller presses.
        hang_up: the caller hangs up.
    """

    agent: str | None = None
    tool: str | None = None
    arguments: dict[str, Any] | str = Field(default_factory=dict[str, Any])
    expect: dict[str, Any] = Field(default_factory=dict[str, Any])
    tools: tuple[ToolCall, ...] | None = Field(default=None, min_length=1)
    hang_up_during: bool = False
    caller: str | None = None
    interrupt_after_ms: int | None = None
    silent_secs: float | None = Field(default=None, gt=0)
    press: str | None = None
    hang_up: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [
            self.agent,
            self.tool,
            self.tools,
            self.caller,
            self.silent_secs,
            self.press,
            self.hang_up or None,
        ]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "a turn is one of agent, tool, tools, caller, silent_secs, press and hang_up"
            )
        if self.hang_up_during and not self.calls:
            raise ValueError("hang_up_during belongs to a turn that calls a tool")
        return self

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tools that the agent calls in this turn."""
        if self.tool is not None:
            return (ToolCall(tool=self.tool, arguments=self.arguments, expect=self.expect),)
        return self.tools or ()

    @property
    def is_agents(self) -> bool:
        """Whether the agent takes this turn."""
        return self.agent is not None or bool(self.calls)


class Call(_Part):
    """One phone call of a scenario.

    Attributes:
        from_: the caller's number as Twilio would give it.
        turns: what happens, in order.
        verbs: what Twilio must have done by the end.
        dial: what comes of every `<Dial>`.
        voicemail: what the caller says to a `<Record>`; nothing when left out.
        voicemail_end: how the caller ends that.
        stir_verstat: what the carriers vouch for; null leaves it out.
        hiss: how loud the line is where the caller is silent, a root mean square of 16 bits.
    """

    from_: str = Field(alias="from")
    turns: tuple[Turn, ...] = Field(min_length=1)
    verbs: tuple[str, ...] = ("connect",)
    dial: DialStatus = "completed"
    voicemail: str | None = None
    voicemail_end: VoicemailEnd = "key"
    stir_verstat: str | None = "TN-Validation-Passed-A"
    hiss: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _hang_up_last(self) -> Self:
        if any(turn.hang_up_during for turn in self.turns[:-1]):
            raise ValueError("a call ends with the turn that has hang_up_during")
        return self


class ExpectedMessage(_Part):
    """A text message that must have been sent.

    Attributes:
        to: the number.
        contains: what is in its text.
    """

    to: str
    contains: str = ""


class Expectation(_Part):
    """What the database and Twilio must hold, nothing less and nothing more.

    Attributes:
        appointments: each by phone, treatment, starts_at (wall time) and status.
        messages: those that were sent in this scenario; looked at when there is a REST side.
    """

    appointments: tuple[dict[str, str], ...] = ()
    messages: tuple[ExpectedMessage, ...] = ()


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
