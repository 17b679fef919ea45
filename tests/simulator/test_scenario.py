from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import (
    SCENARIOS,
    ScenarioError,
    Script,
    contains,
    load_chain,
    load_scenario,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday, two days before Thanksgiving."""

GOOD = """
name: good
title: A call
calls:
  - from: "+16175551212"
    turns:
      - agent: Hello.
      - hang_up: true
"""


def script(now: datetime = NOW) -> Script:
    return Script("America/New_York", now)


def written(folder: Path, text: str, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_of_ours_loads_and_is_named_as_its_file(path: Path) -> None:
    scenario = load_scenario(path.stem)
    assert scenario.name == path.stem
    assert load_chain(path.stem)[-1] == scenario


def test_a_chain_begins_with_what_comes_first() -> None:
    assert [scenario.name for scenario in load_chain("cancel")] == ["book", "taken", "cancel"]


def test_a_scenario_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, GOOD))
    assert scenario.calls[0].from_ == "+16175551212"
    assert [turn.is_agents for turn in scenario.calls[0].turns] == [True, False]
    assert scenario.calls[0].verbs == ("connect",)


def test_an_unknown_scenario_is_told_which_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"no scenario sing; there are .*book"):
        load_scenario("sing")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "colour: red\n", "mine.yaml: colour: Extra"),
        (GOOD.replace("title: A call\n", ""), "mine.yaml: title: Field required"),
        (GOOD.replace("agent: Hello.", "says: Hello."), "mine.yaml: calls.0.turns.0.says: Extra"),
        (GOOD.replace("agent: Hello.", "agent: Hi\n        press: '1'"), "turns.0: .* one of"),
        (GOOD.replace("agent: Hello.", "expect: {}"), "turns.0: .* one of"),
        (GOOD.replace("hang_up: true", "interrupt_after_ms: soon"), "interrupt_after_ms"),
        (GOOD.replace("hang_up: true", "silent_secs: 0"), "silent_secs"),
        (GOOD.replace("hang_up: true", "tools: []"), "tools"),
        (GOOD.replace("agent: Hello.", "hang_up_during: true\n        agent: Hi"), "calls a tool"),
        (
            GOOD.replace("agent: Hello.", "hang_up_during: true\n        tool: book"),
            "ends with the turn",
        ),
        (GOOD + "    dial: perhaps\n", "dial"),
        ("name: x\ntitle: y\ncalls: []\n", "mine.yaml: calls: "),
        ("calls: [", "mine.yaml is no YAML"),
        ("just words", "mine.yaml: "),
    ],
)
def test_a_wrong_file_is_told_where_it_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        load_scenario(written(tmp_path, text))


def test_scenarios_cannot_come_after_each_other(tmp_path: Path) -> None:
    here = str(tmp_path / "mine.yaml")
    written(tmp_path, GOOD + f"after: {here}\n")
    with pytest.raises(ScenarioError, match=r"good: after: .*mine.yaml comes after"):
        load_chain(here)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ today }}", "2026-11-24"),
        ("{{ weekday('friday') }}", "2026-11-27"),
        ("{{ spoken(weekday('monday')) }}", "Monday"),
        ("{{ day_after(weekday('friday')) }}", "2026-11-28"),
        ("{{ day_after('2026-12-31') }}", "2027-01-01"),
        ("no template", "no template"),
    ],
)
def test_a_template_knows_the_calendar(template: str, text: str) -> None:
    assert script().fill(template) == text


def test_today_is_a_day_at_the_spa() -> None:
    assert script(datetime(2026, 11, 24, 3, tzinfo=UTC)).fill("{{ today }}") == "2026-11-23"


@pytest.mark.parametrize(
    ("now", "name", "day"),
    [
        (datetime(2026, 11, 24, 12, tzinfo=UTC), "thursday", date(2026, 12, 3)),  # Thanksgiving
        (datetime(2026, 11, 24, 12, tzinfo=UTC), "wednesday", date(2026, 12, 2)),  # too soon
        (datetime(2026, 12, 20, 12, tzinfo=UTC), "thursday", date(2026, 12, 31)),  # Christmas Eve
        (datetime(2026, 12, 20, 12, tzinfo=UTC), "friday", date(2027, 1, 8)),  # and New Year
    ],
)
def test_a_weekday_avoids_the_days_when_the_spa_is_closed(
    now: datetime, name: str, day: date
) -> None:
    assert script(now).fill(f"{{{{ weekday('{name}') }}}}") == str(day)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)))
def test_a_weekday_is_never_before_the_day_after_tomorrow(now: datetime) -> None:
    filled = script(now)
    today = date.fromisoformat(filled.fill("{{ today }}"))
    tuesday = date.fromisoformat(filled.fill("{{ weekday('tuesday') }}"))
    assert tuesday.weekday() == 1
    assert 2 <= (tuesday - today).days <= 29


def test_a_template_knows_the_results_of_the_tools() -> None:
    filled = script()
    filled.results.append({"openings": [{"opening_id": "o1"}, {"opening_id": "o2"}]})
    assert filled.fill("{{ results[-1].openings[-1].opening_id }}") == "o2"


def test_every_text_of_a_nested_value_is_filled_in() -> None:
    value = {"date": "{{ today }}", "list": ["{{ today }}", 2], "deep": ({"a": "{{ 1 + 1 }}"},)}
    assert script().fill(value) == {
        "date": "2026-11-24",
        "list": ["2026-11-24", 2],
        "deep": [{"a": "2"}],
    }


@pytest.mark.parametrize(
    "template",
    [
        "{{ results[-1].message }}",
        "{{ nothing }}",
        "{{ weekday('funday') }}",
        "{{ weekday() }}",
        "{{ spoken('tomorrow') }}",
        "{{ unclosed",
    ],
)
def test_a_template_of_what_is_not_there_is_named(template: str) -> None:
    with pytest.raises(ScenarioError, match="cannot fill in") as wrong:
        script().fill(template)
    assert template in str(wrong.value)


@pytest.mark.parametrize(
    ("expected", "actual", "holds"),
    [
        ({}, {"ok": True}, True),
        ({"ok": True}, {"ok": True, "message": "Booked."}, True),
        ({"ok": True}, {"ok": False}, False),
        ({"ok": True}, {"ok": 1}, False),
        ({"ok": True}, {}, False),
        ({"ok": True}, "ok", False),
        ({"list": [{"a": 1}]}, {"list": [{"a": 1, "b": 2}]}, True),
        ({"list": [1]}, {"list": [1, 2]}, False),
        ({"list": [1, 2]}, {"list": [2, 1]}, False),
        ({"list": []}, {"list": None}, False),
        ([1], "1", False),
        ("a", "a", True),
        ("a", ["a"], False),
        (160, 160.0, True),
    ],
)
def test_all_that_is_expected_must_be_there(expected: Any, actual: Any, holds: bool) -> None:
    assert contains(expected, actual) is holds
