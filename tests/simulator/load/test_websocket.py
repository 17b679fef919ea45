"""The fast client against a server that others wrote."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from simulator.load.websocket import FastSocket, SocketRefused, open_socket

LENGTHS = (0, 1, 125, 126, 65535, 65536, 200_000)


@asynccontextmanager
async def _serving(handler: object, **options: object) -> AsyncGenerator[str]:
    server: Server
    async with serve(handler, "127.0.0.1", 0, max_size=None, **options) as server:  # type: ignore[arg-type]
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/a/path"


async def _echo(connection: ServerConnection) -> None:
    async for text in connection:
        await connection.send(text)


async def test_texts_of_every_length_go_both_ways() -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()
    async with _serving(_echo) as url:
        socket = await open_socket(url, {}, got.put_nowait)
        for length in LENGTHS:
            socket.send("x" * length)
            assert await got.get() == b"x" * length
        socket.close()
        await socket.closed.wait()
    assert socket.close_code == 1000


async def test_the_headers_arrive_and_a_refusal_says_its_status() -> None:
    seen: list[Request] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        seen.append(request)
        return connection.respond(HTTPStatus.FORBIDDEN, "no\n")

    async with _serving(_echo, process_request=refuse) as url:
        with pytest.raises(SocketRefused, match="403"):
            await open_socket(url, {"X-Twilio-Signature": "signed"}, print)
    assert seen[0].path == "/a/path"
    assert seen[0].headers["X-Twilio-Signature"] == "signed"


async def test_a_ping_is_answered_and_a_close_too() -> None:
    codes: list[int | None] = []

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping())
        await connection.close(4321)
        codes.append(connection.close_code)

    async with _serving(ping) as url:
        socket = await open_socket(url, {}, print)
        await socket.closed.wait()
        assert socket.close_code == 4321
        socket.send("after the end nothing is written, and nothing breaks")
    assert codes == [4321]


async def test_frames_are_cut_wherever_the_network_cut_them() -> None:
    texts: list[bytes] = []
    socket = FastSocket(texts.append)
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi\x81\x7e\x00\x80" + b"y" * 128
    for byte in stream:
        socket.data_received(bytes([byte]))
    assert texts == [b"hi", b"y" * 128]
