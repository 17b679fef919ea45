"""`python -m simulator call` against a running product whose model is elsewhere."""

import asyncio
import shutil
import sys
from itertools import chain
from pathlib import Path

import pytest

from simulator.child import free_port
from simulator.lone_agent import LoneAgent
from simulator.realtime import RealtimeSimulator
from simulator.scenario import load_chain
from tests.e2e.product import ACCOUNT, Product, running_product


async def ring(product: Product, scenario: str, *options: str) -> tuple[int | None, str]:
    """Exit code and output of the command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "call", "--scenario", scenario),
        *("--url", product.voice_url, "--database-url", product.database_url),
        *("--auth-token", ACCOUNT.auth_token, *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


class Models:
    """The model of each call of a chain, which nobody on the caller's side knows of."""

    def __init__(self, scenario: str) -> None:
        chained = load_chain(scenario)
        self._agents = chain.from_iterable(
            (LoneAgent(call, part.time_zone, lambda event: None) for call in part.calls)
            for part in chained
        )

    def __call__(self) -> LoneAgent:
        return next(self._agents)


async def play(scenario: str, model_of: str, folder: Path) -> tuple[int | None, str]:
    """Ring a product in a folder of its own, with Twilio's REST side played too."""
    port = free_port()
    async with (
        RealtimeSimulator(Models(model_of)) as model,
        running_product(
            model.url,
            folder,
            twilio_account_sid=ACCOUNT.account_sid,
            twilio_phone_number=ACCOUNT.number,
            twilio_api_url=f"http://127.0.0.1:{port}",
        ) as product,
    ):
        return await ring(product, scenario, "--rest-port", str(port))


@pytest.mark.timeout(300)
async def test_any_scenario_is_judged_by_database_and_texts(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    plays = {
        "book": "book",
        "hangs_up": "hangs_up",
        "cancel_late": "cancel_late",
        "person": "person",
        "changed_mind": "off_topic",
    }
    for name in plays:
        (tmp_path / name).mkdir()
        # Made once: Alembic has one place for all migrations of a process.
        shutil.copy(migrated_sqlite, tmp_path / name / "spaline.db")
    played = await asyncio.gather(*(play(*item, tmp_path / item[0]) for item in plays.items()))
    (_, booking), *_, (code_of_idle, idle) = played
    assert [told for code, told in played[:-1] if code != 0] == []
    assert "Text: to +16175551212" in booking.replace("\n", " ")
    # The model never booked.
    assert code_of_idle == 1
    assert "missing row: " in idle


async def test_a_scenario_that_is_not_there_is_named() -> None:
    code, output = await ring(Product("http://127.0.0.1:1", "sqlite+aiosqlite://"), "dance")
    assert code == 1
    assert output.startswith("simulator: there is no scenario dance; there are ")
