"""Receipts for programs: what `spaline call show` knows, and only with the token."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.journal import CallJournal
from calls.receipts import Receipts
from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from tests.e2e.product import Product, running_product

TOKEN = "a-token-of-a-program"
NO_MODEL = "ws://127.0.0.1:1"
AT = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture
async def product(tmp_path: Path) -> AsyncGenerator[Product]:
    async with running_product(NO_MODEL, tmp_path, api_token=TOKEN) as running:
        yield running


async def ask(product: Product, path: str, token: str | None = TOKEN) -> httpx.Response:
    headers = {} if token is None else {b"Authorization": f"Bearer {token}".encode()}
    async with httpx.AsyncClient(base_url=product.origin, headers=headers) as http:
        return await http.get(path)


async def talk(product: Product, *call_sids: str) -> list[object]:
    """Calls that rang one minute after the other; gives their receipts."""
    engine = build_engine(product.database_url)
    sessions = build_sessions(engine)
    for number, call_sid in enumerate(call_sids):
        moment = AT + timedelta(minutes=number)
        records = CallRecords(sessions, lambda moment=moment: moment)
        await records.ring(call_sid, caller="+12125550001", dialled="+15005550001")
        await records.claim(call_sid)
        await records.finish(call_sid, Outcome.COMPLETED)
        journal = CallJournal(sessions)
        add = journal.of(call_sid)
        add(Turn(moment, "agent", "H\u00e9llo!", 640))
        add(ToolUse(moment, "t1", "list_treatments", {"service": "facial"}, {"ok": True}, True, 12))
        add(ModelUse(moment, "m", Tokens(1, 2, 3, 4, 5, 6), 0.0, 12_300))
        await journal.write()
    receipts = [await Receipts(sessions).of(call_sid) for call_sid in call_sids]
    await engine.dispose()
    return [receipt.as_json() for receipt in receipts if receipt]


async def test_a_receipt_is_the_one_of_the_command(product: Product) -> None:
    (receipt,) = await talk(product, "CA1")
    answer = await ask(product, "/api/calls/CA1")
    assert answer.json() == receipt
    assert answer.json()["turns"][0]["text"] == "H\u00e9llo!"
    assert answer.json()["cost_usd"] == pytest.approx(0.0123)


async def test_an_export_is_json_lines_from_a_moment_on(product: Product) -> None:
    receipts = await talk(product, "CA1", "CA2", "CA3", "CA4")
    answer = await ask(product, "/api/calls?since=2026-11-30T15:01:00Z")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == receipts[1:]
    assert (await ask(product, "/api/calls?since=2026-12-01T00:00:00")).text == ""


async def test_what_is_not_there_or_not_understood_is_told(product: Product) -> None:
    for path, status in (
        ("/api/calls/CA-none", 404),
        ("/api/calls/CA%20none", 422),
        ("/api/calls?since=yesterday", 422),
        ("/api/calls", 422),
    ):
        assert (await ask(product, path)).status_code == status


async def test_without_the_token_nothing_is_told(product: Product) -> None:
    await talk(product, "CA1")
    for token in (None, "another", "\u00e9", TOKEN + "x"):
        for path in ("/api/calls/CA1", "/api/calls?since=2026-01-01", "/api/calls"):
            answer = await ask(product, path, token)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "CA1" not in answer.text


async def test_without_a_setting_there_is_no_api(tmp_path: Path) -> None:
    async with running_product(NO_MODEL, tmp_path) as product:
        answer = await ask(product, "/api/calls/CA1")
    assert answer.status_code == 404
    assert "API_TOKEN" in answer.text
