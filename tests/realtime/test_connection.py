import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from realtime.connection import CLOSE_SECS, CONNECT_SECS, ModelUnreachable, open_connection
from tests.telephony.line import SkippingLoop, skip

KEY = "sk-test"
Check = Callable[[ServerConnection, Request], Response | None]


async def greet(connection: ServerConnection) -> None:
    await connection.send('{"type":"session.created"}')
    await connection.wait_closed()


@asynccontextmanager
async def model(
    talk: Callable[[ServerConnection], Awaitable[None]] = greet, check: Check | None = None
) -> AsyncGenerator[str]:
    async with serve(talk, "127.0.0.1", 0, process_request=check) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/realtime"


async def test_a_model_that_answers_is_connected() -> None:
    async with model() as url:
        connection = await open_connection(url, model="gpt-realtime-2.1", api_key=KEY)
        assert json.loads(await connection.recv()) == {"type": "session.created"}
        await connection.close()


async def test_the_key_and_the_model_are_named_and_the_beta_is_not() -> None:
    seen: list[Request] = []

    def check(_: ServerConnection, request: Request) -> None:
        seen.append(request)

    async with model(check=check) as url:
        connection = await open_connection(url, model="gpt-realtime-2.1", api_key=KEY)
        await connection.close()
    (request,) = seen
    assert urlsplit(request.path).path == "/v1/realtime"
    assert parse_qs(urlsplit(request.path).query) == {"model": ["gpt-realtime-2.1"]}
    assert request.headers["Authorization"] == "Bearer sk-test"
    assert "OpenAI-Beta" not in request.headers
    assert "Sec-WebSocket-Extensions" not in request.headers


async def test_a_large_message_of_the_model_is_no_failure() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("x" * 3_000_000)

    async with model(talk) as url:
        connection = await open_connection(url, model="m", api_key=KEY)
        assert len(await connection.recv()) == 3_000_000
        await connection.close()


async def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ModelUnreachable, match=r"OSError|Refused"):
        await open_connection(f"ws://127.0.0.1:{port}", model="m", api_key=KEY)


@pytest.mark.parametrize(
    "status",
    [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS,
     HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST],
)  # fmt: skip
async def test_a_refusal_by_http_is_told_with_its_status(status: HTTPStatus) -> None:
    def check(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(status, "no")

    async with model(check=check) as url:
        with pytest.raises(ModelUnreachable, match=f"HTTP {status.value}") as raised:
            await open_connection(url, model="m", api_key=KEY)
    assert KEY not in str(raised.value)


async def test_a_socket_that_closes_at_once_is_unreachable() -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ModelUnreachable):
            await open_connection(f"ws://127.0.0.1:{port}", model="m", api_key=KEY)


@pytest.mark.parametrize("url", ["https://example.com", "nonsense", "ws://"])
async def test_what_is_no_websocket_url_is_unreachable(url: str) -> None:
    with pytest.raises(ModelUnreachable, match="InvalidURI"):
        await open_connection(url, model="m", api_key=KEY)


class SilentServer:
    """Takes connections, reads the request, and says nothing until the client is gone."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        self.left.set()


def test_a_model_that_does_not_answer_is_given_up_after_five_seconds() -> None:
    async def wait() -> None:
        silent = SilentServer()
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            opening = asyncio.create_task(open_connection(url, model="m", api_key=KEY))
            await silent.asked.wait()
            skip(CONNECT_SECS - 1)
            await asyncio.sleep(0)
            assert not opening.done()
            skip(1)
            with pytest.raises(ModelUnreachable, match="TimeoutError"):
                await opening
            await silent.left.wait()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(wait())


def test_a_model_that_does_not_answer_our_close_is_left_after_a_second() -> None:
    async def wait() -> None:
        left = asyncio.Event()

        async def be_deaf(connection: ServerConnection) -> None:
            connection.transport.pause_reading()
            await left.wait()
            connection.transport.resume_reading()

        async with model(be_deaf) as url:
            connection = await open_connection(url, model="m", api_key=KEY)
            closing = asyncio.create_task(connection.close())
            await asyncio.sleep(0)
            skip(CLOSE_SECS - 0.5)
            await asyncio.sleep(0)
            assert not closing.done()
            skip(0.5)
            async with asyncio.timeout(CLOSE_SECS):
                await closing
            left.set()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(wait())
