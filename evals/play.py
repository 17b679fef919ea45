"""Plays evals by the command `pipecat eval`, and looks at the book afterwards."""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from evals.recordings import record
from evals.scenes import Scene
from evals.stage import MARIA, ROOT, STAND_IN, prepare_book, running_bot
from simulator.appointment_book import differences, read_appointments
from simulator.lone_agent import LoneAgent
from simulator.realtime import RealtimeSimulator
from simulator.scenario import Scenario, Script


async def play(scene: Scene, folder: Path, live: Mapping[str, str] | None = None) -> list[str]:
    """What was not as it must be in a scripted eval; empty when all was.

    Args:
        scene: what to play.
        folder: where copies, recordings, logs and the book go.
        live: settings of the real model; None for the stand-in.
    """
    scenario, url = scene.model, _empty(folder)
    await prepare_book(url, booked=scene.booked)
    agent = LoneAgent(scenario.calls[0], scenario.time_zone, lambda event: None)
    async with AsyncExitStack() as stack:
        settings = live
        if settings is None:
            model = await stack.enter_async_context(RealtimeSimulator(lambda: agent))
            settings = STAND_IN | {"OPENAI_REALTIME_URL": model.url}
        phone = scenario.calls[0].from_
        bot = await stack.enter_async_context(running_bot(url, folder, phone, settings))
        problems = await _pipecat_eval(record(scene.file, folder), bot, folder)
    if live is None:
        problems += agent.problems + agent.untaken
    return problems + await _stray(scenario, url)


async def simulate(file: Path, folder: Path, live: Mapping[str, str]) -> list[str]:
    """What the judge did not like of a simulated caller, who has a massage on Tuesday at two.

    Args:
        file: of the caller.
        folder: where logs and the book go.
        live: settings of the real model, and of what the harness hears and thinks with.
    """
    url = _empty(folder)
    await prepare_book(url, booked=True)
    async with running_bot(url, folder, MARIA, live) as bot:
        return await _pipecat_eval(file, bot, folder, live)


def _empty(folder: Path) -> str:
    """Make room for an eval; gives the URL of its database."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("evals.db*"):
        old.unlink()
    return f"sqlite+aiosqlite:///{folder.resolve()}/evals.db"


async def _pipecat_eval(
    file: Path, bot: str, folder: Path, settings: Mapping[str, str] | None = None
) -> list[str]:
    """Run the command; it prints what it sees."""
    command = Path(sys.executable).with_name("pipecat")
    options = ("--bot-url", bot, "--verbose", "--logs-dir", str(folder))
    process = await asyncio.create_subprocess_exec(
        *(str(command), "eval", "run", str(file), *options),
        # What a file names as `factory` is found from here.
        env=os.environ | {"PYTHONPATH": str(ROOT), **(settings or {})},
    )
    return [f"{file.stem}: pipecat eval did not pass, see {folder}"] * bool(await process.wait())


async def _stray(scenario: Scenario, url: str) -> list[str]:
    """What is in the book and should not be, or the other way."""
    script = Script(scenario.time_zone, datetime.now(UTC))
    expected = script.fill([dict(row) for row in scenario.expect.appointments])
    return differences(expected, await read_appointments(url, scenario.time_zone))
