"""Scenarios played as callers would live them, at the pace of a telephone, several at once."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.play import Event, Stage, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import SCENARIOS, load_chain, load_scenario
from tests.e2e.product import ACCOUNT, running_product

SETTINGS: Mapping[str, dict[str, Any]] = {
    "person_at_night": {"desk_open": False},
    "zero_at_night": {"desk_open": False},
    "silent": {"silence_seconds": 1.0},
}
"""How the product differs for some of them."""

AT_ONCE = 8
"""A call waits for speech most of its time; so many leave a core idle."""

ENDS_OF_CHAINS = sorted(
    {path.stem for path in SCENARIOS.glob("*.yaml")}
    - {load_scenario(path.stem).after for path in SCENARIOS.glob("*.yaml")}
)
"""Every scenario is played, each with those that come before it."""


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest,
    migrated_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[str]]:
    """The problems of each chain that a test of this run asks for."""
    asked: list[Any] = [item for item in request.session.items if item.path == request.path]
    folders = {
        name: tmp_path_factory.mktemp(name)
        for name in sorted({item.callspec.params["name"] for item in asked})
    }
    for folder in folders.values():
        # Made once: Alembic has one place for all migrations of a process.
        shutil.copy(migrated_sqlite, folder / "spaline.db")
    return asyncio.run(play_all(folders))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ENDS_OF_CHAINS)
def test_a_scenario_leaves_exactly_the_rows_and_texts_it_promises(
    name: str, played: dict[str, list[str]]
) -> None:
    assert played[name] == []


async def play_all(folders: Mapping[str, Path]) -> dict[str, list[str]]:
    """Play chains, each in a folder of its own."""
    free = asyncio.Semaphore(AT_ONCE)

    async def play(name: str, folder: Path) -> list[str]:
        async with free:
            try:
                return await play_chain(name, folder)
            except Exception as error:  # it is the failure of this name, not of all
                return [f"{type(error).__name__}: {error}"]

    problems = await asyncio.gather(*(play(*item) for item in folders.items()))
    return dict(zip(folders, problems, strict=True))


async def play_chain(name: str, folder: Path) -> list[str]:
    """Play a scenario behind those before it; gives everything that was not as it must be."""
    stage, shown, problems = Stage(), list[Event](), list[str]()
    async with (
        RealtimeSimulator(stage) as model,
        TwilioRest(ACCOUNT) as rest,
        running_product(model.url, folder, rest=rest, **SETTINGS.get(name, {})) as product,
    ):
        for scenario in load_chain(name):
            report = await play_scenario(
                scenario,
                stage=stage,
                account=ACCOUNT,
                voice_url=product.voice_url,
                database_url=product.database_url,
                wav_folder=folder,
                show=shown.append,
                rest=rest,
            )
            problems += report.problems
            problems += [f"Twilio warns: {code}" for r in report.records for code in r.warnings]
        problems += rest.problems
        problems += [f"the model refused {event}" for event in errors(model)]
    kinds = {event.kind for event in shown}
    return problems + [f"no {kind}" for kind in ("call", "agent", "end") if kind not in kinds]


def errors(model: RealtimeSimulator) -> list[dict[str, Any]]:
    return [e for session in model.sessions for e in session.sent if e["type"] == "error"]
