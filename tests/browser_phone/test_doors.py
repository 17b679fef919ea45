"""Who may call from a browser, and who may open the stream of such a call."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from dashboard.headers import HEADERS
from simulator.realtime import RealtimeSimulator, Say
from tests.browser_phone.visitor import Visitor, visiting
from tests.dashboard.browser import HASH, Browser
from tests.e2e.product import Answers, Product, running_product
from tests.e2e.ringing import ring

NO_MODEL = "ws://127.0.0.1:1"
FAR = {"X-Forwarded-For": "203.0.113.7"}
EVIL = "https://evil.example.com"


@pytest.fixture
async def product(tmp_path: Path) -> AsyncGenerator[Product]:
    """A developer's server, without a password."""
    async with running_product(NO_MODEL, tmp_path) as running:
        yield running


@pytest.fixture
async def visitor(product: Product) -> AsyncGenerator[Visitor]:
    async with visiting(product) as somebody:
        yield somebody


async def test_the_page_alone_may_use_the_microphone(visitor: Visitor) -> None:
    page = await visitor.page()
    assert page.status_code == 200
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "<script>" not in page.text
    for path in ("/phone/static/phone.js", "/phone/calls/none", "/dashboard/"):
        answer = await visitor.http.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_nobody_calls_from_elsewhere_without_a_login(product: Product) -> None:
    async with visiting(product, **FAR) as stranger:
        page = await stranger.page()
        assert (page.status_code, page.headers["location"]) == (303, "/dashboard/login")
        for path in ("/phone/calls", "/phone/calls/browser-1/after", "/phone/calls/browser-1/over"):
            assert (await stranger.http.post(path)).status_code == 401
        assert (await stranger.http.get("/phone/calls/browser-1")).status_code == 303


async def test_who_has_logged_in_calls_from_the_public_address(tmp_path: Path) -> None:
    public = "http://spa.example.com"
    async with (
        running_product(NO_MODEL, tmp_path, dashboard_password=HASH, public_url=public) as product,
        visiting(product, **FAR) as somebody,
    ):
        assert (await somebody.page()).status_code == 303
        base = httpx.URL(product.origin + "/dashboard")
        async with httpx.AsyncClient(base_url=base, headers=FAR) as http:
            await Browser(http).log_in()
            somebody.http.cookies = http.cookies
        assert (await somebody.ring(Origin=public)).status_code == 200
        refused = await somebody.ring()
        assert refused.status_code == 403
        assert f"{public}/phone" in refused.json()["problem"]


async def test_in_production_there_is_no_phone_without_a_password(tmp_path: Path) -> None:
    async with (
        running_product(NO_MODEL, tmp_path, environment="production") as product,
        visiting(product) as somebody,
    ):
        assert (await somebody.page()).status_code == 404


async def test_another_site_cannot_call(visitor: Visitor) -> None:
    assert (await visitor.ring(Origin=EVIL)).status_code == 403
    assert (await visitor.ring(Origin="")).status_code == 403
    assert (await visitor.ring(**{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    headers = {"Origin": visitor.origin}
    for path in ("/phone/calls", "/phone/calls/browser-1/after", "/phone/calls/browser-1/over"):
        assert (await visitor.http.post(path, headers=headers)).status_code == 403


async def test_a_number_that_no_telephone_has_is_told(visitor: Visitor) -> None:
    for number in ("12", "+1 555", "somebody", "+999999999999"):
        answer = await visitor.ring(number)
        assert (answer.status_code, answer.json()["problem"]) == (
            422,
            "No telephone has that number.",
        )


@pytest.mark.parametrize("origin", ["", EVIL, "null"])
async def test_a_stream_is_opened_by_the_page_that_called_and_by_nobody_else(
    origin: str, visitor: Visitor
) -> None:
    call = (await visitor.ring()).json()
    with pytest.raises(InvalidStatus, match="403"):
        async with visitor.stream(call, origin):
            pass


async def test_a_stream_of_a_browser_is_opened_once(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=b"\x70" * 800)])) as model,
        running_product(model.url, tmp_path) as product,
        visiting(product) as somebody,
    ):
        call = (await somebody.ring()).json()
        async with somebody.stream(call):
            with pytest.raises(InvalidStatus, match="403"):
                async with somebody.stream(call):
                    pass


async def test_the_token_of_a_telephone_opens_nothing_for_a_browser(
    product: Product, visitor: Visitor
) -> None:
    path = (await ring(product)).stream_url.removeprefix(product.origin.replace("http", "ws"))
    with pytest.raises(InvalidStatus, match="403"):
        async with visitor.stream({"stream_path": path}):
            pass


async def test_calls_of_telephones_are_not_told_here(product: Product, visitor: Visitor) -> None:
    await ring(product)
    for path in ("CA" + "1" * 32, "browser-none"):
        assert (await visitor.http.get(f"/phone/calls/{path}")).status_code == 404
    assert (await visitor.tell("CA" + "1" * 32, "over")).status_code == 404


async def test_without_a_database_there_is_no_call(tmp_path: Path) -> None:
    async with running_product(NO_MODEL, tmp_path) as product, visiting(product) as somebody:
        (tmp_path / "spaline.db").write_bytes(b"no database")
        answer = await somebody.ring()
        assert answer.status_code == 503
        assert (await somebody.http.get("/ready")).json()["calls"] == 0
