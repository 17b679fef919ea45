"""Who is not Twilio is sent away early, and costs nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from calls.tables import CallRow
from database import build_engine
from simulator.realtime import RealtimeSimulator
from tests.e2e.product import ACCOUNT, Answers, Product, running_product
from tests.e2e.test_doors import FORM, post, ring, signed, start

NOBODY = "ws://127.0.0.1:9/v1/realtime"
FORM_TYPE = "application/x-www-form-urlencoded"
FORGED = "+12125550147"
WEBHOOKS = ["/voice", "/voice/after", "/voice/voicemail", "/voice/status", "/sms", "/sms/status/1"]


async def calls_on_record(product: Product) -> int:
    engine = build_engine(product.database_url)
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count()).select_from(CallRow))
    await engine.dispose()
    return count or 0


@pytest.fixture
async def product(tmp_path: Path) -> AsyncGenerator[Product]:
    async with running_product(NOBODY, tmp_path) as product:
        yield product


async def test_no_webhook_answers_another_method(product: Product) -> None:
    async with httpx.AsyncClient(base_url=product.origin) as http:
        for path in WEBHOOKS:
            for method in ("GET", "PUT", "DELETE", "OPTIONS", "TRACE"):
                assert (await http.request(method, path)).status_code == 405
        assert (await http.get("/nowhere")).status_code == 404
    assert await calls_on_record(product) == 0


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""]
)
async def test_only_a_form_is_read(kind: str, product: Product) -> None:
    async with httpx.AsyncClient(base_url=product.origin) as http:
        for path in WEBHOOKS:
            response = await http.post(path, content=b"{}", headers={"Content-Type": kind})
            assert response.status_code == 415


async def test_a_body_that_is_too_large_is_not_read_to_its_end(product: Product) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b"a" * 16_384

    async with httpx.AsyncClient(base_url=product.origin) as http:
        for path in WEBHOOKS:
            headers = {"Content-Type": FORM_TYPE}
            # Whoever still writes finds the connection closed, with or without the answer.
            with suppress(httpx.WriteError, httpx.ReadError):
                async with asyncio.timeout(30):
                    response = await http.post(path, content=endless(), headers=headers)
                    assert response.status_code == 413
    assert await calls_on_record(product) == 0


async def test_a_body_that_is_too_large_is_told_so(product: Product) -> None:
    body = b"a" * (64 * 1024 + 1)
    async with httpx.AsyncClient(base_url=product.origin) as http:
        for path in WEBHOOKS:
            response = await http.post(path, content=body, headers={"Content-Type": FORM_TYPE})
            assert (response.status_code, response.headers["connection"]) == (413, "close")


async def test_a_form_of_many_fields_is_refused(product: Product) -> None:
    form = FORM | {f"Field{n}": "" for n in range(300)}
    assert (await post(product.voice_url, form)).status_code == 400


async def test_the_host_header_leads_nobody_anywhere(product: Product) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    async with httpx.AsyncClient(base_url=product.origin, headers=headers) as http:
        assert "evil" not in (await http.get("/")).text
        forged = await http.post("/voice", data=FORM)
        assert (forged.status_code, "evil" in forged.text) == (403, False)
    stream = await ring(product)
    assert stream.stream_url.startswith(product.origin.replace("http", "ws"))


async def test_another_account_is_refused_though_it_signs_as_ours(tmp_path: Path) -> None:
    async with running_product(NOBODY, tmp_path, twilio_account_sid=ACCOUNT.account_sid) as product:
        assert (await post(product.voice_url, FORM)).status_code == 403
        other = FORM | {"AccountSid": "AC" + "9" * 32}
        assert (await post(product.voice_url, other)).status_code == 403
        assert await calls_on_record(product) == 0
        ours = FORM | {"AccountSid": ACCOUNT.account_sid}
        assert (await post(product.voice_url, ours)).status_code == 200


async def test_a_stream_of_another_account_does_not_start(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path, twilio_account_sid=ACCOUNT.account_sid) as product,
    ):
        url = (await ring(product, FORM | {"AccountSid": ACCOUNT.account_sid})).stream_url
        hello, begin = start()
        message = json.loads(begin)
        message["start"]["accountSid"] = "AC" + "9" * 32
        async with connect(url, additional_headers=signed(url)) as socket:
            await socket.send(hello)
            await socket.send(json.dumps(message))
            with pytest.raises(ConnectionClosed):
                await socket.recv()


async def test_a_token_opens_one_stream_on_all_replicas_together(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shared.db"
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path, database_url=url) as one,
        running_product(model.url, tmp_path, database_url=url) as other,
    ):
        there = (await ring(one)).stream_url
        here = there.replace(one.origin.replace("http", "ws"), other.origin.replace("http", "ws"))
        async with connect(here, additional_headers=signed(here)):
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(there, additional_headers=signed(there)):
                    pass
    assert len(model.sessions) <= 2


async def test_a_forged_caller_does_not_fit_the_token(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path) as product,
    ):
        url = (await ring(product)).stream_url
        async with connect(url, additional_headers=signed(url)) as socket:
            for message in start(caller=FORGED):
                await socket.send(message)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert FORGED not in json.dumps([session.received for session in model.sessions])
