"""`make phone`: the browser phone without keys."""

import json
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from simulator.browser_demo import running_phone, serve_phone
from simulator.child import free_port
from simulator.scenario import load_chain
from tests.browser_phone.visitor import Visitor


async def test_whoever_calls_is_told_what_to_say_and_hears_the_scenario(tmp_path: Path) -> None:
    told, log = StringIO(), tmp_path / "phone.log"
    console = Console(file=told, width=200)
    async with (
        running_phone(load_chain("zero"), free_port(), log, console) as origin,
        httpx.AsyncClient(base_url=origin) as http,
    ):
        visitor = Visitor(http, origin)
        call = (await visitor.ring("+13105550188")).json()
        async with visitor.stream(call) as socket:
            assert json.loads(await socket.recv())["event"] == "media"
    for words in ("A caller presses 0", "(call from +13105550188)", "(press 0)", "Thank you for"):
        assert words in told.getvalue()


async def test_a_scenario_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await serve_phone("none", 0, tmp_path) == 1
    assert "there is no scenario none" in " ".join(capsys.readouterr().out.split())
