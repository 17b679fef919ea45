import asyncio
import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from database import build_engine
from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, Answers, Product, running_product

TOKEN = "a-token-of-prometheus"
NO_MODEL = "ws://127.0.0.1:1"
ROOT = Path(__file__).parents[1]
HELLO = [Say("Hello.", audio=b"\x70" * 4000)]


@pytest.fixture
async def product(tmp_path: Path) -> AsyncGenerator[Product]:
    async with running_product(NO_MODEL, tmp_path, metrics_token=TOKEN) as running:
        yield running


async def read(product: Product, token: str | None = TOKEN) -> httpx.Response:
    headers = {} if token is None else {b"Authorization": f"Bearer {token}".encode()}
    async with httpx.AsyncClient() as http:
        return await http.get(f"{product.origin}/metrics", headers=headers)


async def count(product: Product, name: str, **labels: str) -> float:
    families = text_string_to_metric_families((await read(product)).text)
    found = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return found[0] if found else 0.0


async def until(product: Product, name: str, **labels: str) -> None:
    """Wait until something is counted."""
    async with asyncio.timeout(10):
        while not await count(product, name, **labels):  # noqa: ASYNC110  what is asked has no event
            await asyncio.sleep(0.05)


async def test_a_call_shows_in_the_metrics(tmp_path: Path) -> None:
    agent = Answers(HELLO, [CallTool("list_treatments", {})], HELLO)
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path, metrics_token=TOKEN) as product,
    ):

        async def listen(line: Line) -> None:
            await line.listen(settle_secs=0.3)
            assert await count(product, "spaline_lines", of="taken") == 1
            assert await count(product, "spaline_first_word_seconds_count") == 1
            await line.say("What do you do?")
            await line.listen(settle_secs=0.5)
            await line.hang_up()

        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=listen)
        await until(product, "spaline_calls_total", outcome="completed")
        await until(product, "spaline_model_tokens_total", **AUDIO_OUT)
        await until(product, "spaline_loop_lag_seconds_count")
        await until(product, "spaline_turn_latency_seconds_count")
        await until(product, "spaline_tools_total", tool="list_treatments", result="ok")
        families = list(text_string_to_metric_families((await read(product)).text))
    assert_grafana_asks_for_what_there_is(families)
    assert_the_page_names_what_there_is(families)


def assert_grafana_asks_for_what_there_is(families: list[Metric]) -> None:
    """Names and labels, of every panel."""
    known: dict[str, set[str]] = {}
    for sample in (sample for family in families for sample in family.samples):
        known.setdefault(sample.name, set()).update(sample.labels)
    panels = json.loads((ROOT / "deploy/grafana/spaline.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(asked) > 20
    for query in asked:
        names = set(re.findall(r"\b(?:spaline|process)_\w+", query))
        assert names
        assert names <= set(known), query
        grouped = re.findall(r"by \(([\w, ]+)\)", query)
        labels = set(re.findall(r"(\w+)!?=~?\"", query)) | set(", ".join(grouped).split(", "))
        given = set[str]().union(*(known[name] for name in names))
        assert labels <= given | OF_PROMETHEUS, query


def assert_the_page_names_what_there_is(families: list[Metric]) -> None:
    ours = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if family.name.startswith("spaline_") and not family.name.endswith("_created")
    }
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(spaline_\w+)`", page)) == ours


OF_PROMETHEUS = {"job", "instance", ""}
"""Labels that it adds by itself."""


AUDIO_OUT = {"model": "gpt-realtime-2.1", "kind": "audio_out"}


@pytest.mark.parametrize("token", [None, "another", "\u00e9", TOKEN + "x"])
async def test_without_the_token_nothing_is_told(product: Product, token: str | None) -> None:
    answer = await read(product, token)
    assert answer.status_code == 401
    assert "spaline_" not in answer.text


async def test_without_a_database_the_rest_is_told(product: Product) -> None:
    engine = build_engine(product.database_url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE outbox"))
    await engine.dispose()
    assert await count(product, "spaline_lines", of="most") > 0


async def test_without_a_setting_there_are_none(tmp_path: Path) -> None:
    async with running_product(NO_MODEL, tmp_path) as product:
        answer = await read(product)
    assert answer.status_code == 404
    assert "METRICS_TOKEN" in answer.text
