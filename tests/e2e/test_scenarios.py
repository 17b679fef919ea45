"""Scenarios played as a caller would live them, at the pace of a telephone."""

from pathlib import Path

import pytest

from simulator.play import Event, Stage, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.scenario import SCENARIOS, load_chain, load_scenario
from tests.e2e.product import ACCOUNT, running_product

AT_NIGHT = ("person_at_night",)
"""Scenarios for which nobody may be at the desk."""

ENDS_OF_CHAINS = sorted(
    {path.stem for path in SCENARIOS.glob("*.yaml")}
    - {load_scenario(path.stem).after for path in SCENARIOS.glob("*.yaml")}
)
"""Every scenario is played, each with those that come before it."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ENDS_OF_CHAINS)
async def test_a_scenario_leaves_exactly_the_rows_it_promises(name: str, tmp_path: Path) -> None:
    stage, shown = Stage(), list[Event]()
    async with (
        RealtimeSimulator(stage) as model,
        running_product(model.url, tmp_path, desk_open=name not in AT_NIGHT) as product,
    ):
        for scenario in load_chain(name):
            report = await play_scenario(
                scenario,
                stage=stage,
                account=ACCOUNT,
                voice_url=product.voice_url,
                database_url=product.database_url,
                wav_folder=tmp_path,
                show=shown.append,
            )
            assert report.problems == []
            assert all(record.warnings == [] for record in report.records)
        errors = [e for s in model.sessions for e in s.sent if e["type"] == "error"]
        assert errors == []
    assert {event.kind for event in shown} >= {"call", "agent", "caller", "end"}
