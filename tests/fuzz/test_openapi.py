"""Every route that is described, with whatever its description admits and more, by schemathesis."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings

from dashboard.app import build_dashboard
from server import build_app
from settings import Settings
from tests.dashboard.browser import HASH, Browser
from tests.e2e.process import ServerProcess, server_process
from tests.fuzz.inputs import EXAMPLES

EACH = EXAMPLES // 4
"""Requests of each operation: there are many, and each goes over a socket."""

NO_MODEL = "ws://127.0.0.1:1"

OUR_FAULT = 500
"""Of a status, from which on it is nobody else's."""


def product(tmp_path: Path) -> FastAPI:
    """The application, to describe itself."""
    values: dict[str, Any] = {
        "_env_file": None,
        "openai_api_key": "sk-test",
        "public_url": "http://127.0.0.1",
        "allow_unsigned_webhooks": True,
        "session_secret": "a secret of the tests",
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/none.db",
    }
    return build_app(Settings(**values))


def attack(app: FastAPI, base_url: str, cookies: Mapping[str, str]) -> Counter[str]:
    """How many requests of each operation were answered without a fault of ours."""
    schema: Any = schemathesis.openapi.from_dict(app.openapi())
    answered = Counter[str]()

    def ask(case: Any) -> None:
        response = case.call(base_url=base_url, cookies=dict(cookies), allow_redirects=False)
        assert response.status_code < OUR_FAULT, f"{case.operation.label}: {response.text}"
        answered[case.operation.label] += 1

    tried = settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    for operation in schema.get_all_operations():
        tried(given(case=operation.ok().as_strategy())(ask))()
    return answered


async def logged_in(server: ServerProcess) -> dict[str, str]:
    """The cookie of a session."""
    async with httpx.AsyncClient(base_url=f"{server.origin}/dashboard") as http:
        await Browser(http).log_in()
        return dict(http.cookies)


@pytest.mark.timeout(300)
async def test_no_route_breaks(tmp_path: Path) -> None:
    dashboard = build_dashboard(HASH, "secret", https=False, open_to_local=False)
    async with server_process(
        NO_MODEL,
        tmp_path,
        ALLOW_UNSIGNED_WEBHOOKS="true",
        TWILIO_AUTH_TOKEN="",
        DASHBOARD_PASSWORD=HASH,
        METRICS_TOKEN="a-token",
        API_TOKEN="a-token",
    ) as server:
        cookies = await logged_in(server)
        answered = await asyncio.to_thread(attack, product(tmp_path), server.origin, {})
        pages = await asyncio.to_thread(attack, dashboard, f"{server.origin}/dashboard", cookies)
        log = server.log.read_text(encoding="utf-8")
    assert {"POST /voice", "POST /voice/after", "GET /calendar/{key}.ics"} <= set(answered)
    assert {"GET /", "GET /calls", "POST /appointments/{code}/cancel"} <= set(pages)
    assert "Traceback" not in log
