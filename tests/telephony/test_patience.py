import asyncio
import socket
from asyncio.transports import BaseTransport
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from telephony.patience import MAX_REQUEST_BYTES, MAX_SILENT, PatientHttp, PatientSocket

QUESTION = b"POST / HTTP/1.1\r\nHost: spa\r\nContent-Length: 2\r\n\r\n"
UPGRADE = (
    b"GET /call HTTP/1.1\r\nHost: spa\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

PING, PONG = b"\x89\x80abcd", b"\x8a\x00"


class Hasty(PatientHttp):
    request_secs = 0.3


class HastySocket(PatientSocket):
    unread_secs = 0.3
    goodbye_secs = 0.3

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = 3600.0  # uvicorn's own patience is not what is tested


class PingingSocket(HastySocket):
    """Waits long for a goodbye."""

    goodbye_secs = 3600.0


async def answer(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("hello")


async def listen(websocket: WebSocket) -> None:
    """A call that ends with its line."""
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.receive_text()


@asynccontextmanager
async def serving(
    call: Callable[[WebSocket], Awaitable[None]] | None = None,
    *,
    http: type[PatientHttp] = PatientHttp,
    ws: type[PatientSocket] = HastySocket,
    **config: Any,
) -> AsyncGenerator[tuple[str, int]]:
    """A server with one question and one call, and more of uvicorn's options; gives its address."""
    routes = [Route("/", answer, methods=["POST"])]
    app = Starlette(routes=[*routes, *([WebSocketRoute("/call", call)] if call else [])])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http=http, ws=ws, lifespan="off", log_config=None, **config)
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await task


async def closed(reader: asyncio.StreamReader) -> bool:
    """Wait for the other side to close."""
    with suppress(ConnectionResetError):
        await reader.read()
    return True


async def test_who_asks_nothing_is_closed() -> None:
    async with serving(http=Hasty) as address:
        reader, writer = await asyncio.open_connection(*address)
        assert await closed(reader)
        writer.close()


async def test_who_does_not_finish_a_question_is_closed() -> None:
    async with serving(http=Hasty) as address:
        for begun in (QUESTION[:20], QUESTION, QUESTION + b"x"):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(begun)
            assert await closed(reader)
            writer.close()


async def test_a_second_question_must_be_finished_too() -> None:
    async with serving(http=Hasty) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(QUESTION + b"hi")
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        writer.write(QUESTION)
        assert await closed(reader)
        writer.close()


async def test_a_question_without_end_is_closed() -> None:
    async with serving() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(QUESTION[:-2] + b"X: " + b"x" * MAX_REQUEST_BYTES)
        assert await closed(reader)
        writer.close()


async def test_of_too_many_silent_connections_the_oldest_are_closed_at_once() -> None:
    async with serving() as address:
        silent = [await asyncio.open_connection(*address) for _ in range(MAX_SILENT + 100)]
        for reader, _ in silent[:100]:
            assert await closed(reader)
        reader, writer = silent[-1]
        writer.write(QUESTION + b"hi")
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        for _, writer in silent:
            writer.close()


async def test_a_call_is_no_silent_connection() -> None:
    async with serving(listen, http=Hasty) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        idle, other = await asyncio.open_connection(*address)
        assert await closed(idle)  # as long as a question may take
        writer.write(PING)
        assert await reader.readexactly(2) == PONG
        for each in (writer, other):
            each.close()


async def test_who_reads_nothing_is_cut_and_the_call_learns_of_it() -> None:
    written: list[int] = []
    told = asyncio.Event()

    async def call(websocket: WebSocket) -> None:
        await websocket.accept()
        text = "x" * 10_000
        try:
            while True:
                await websocket.send_text(text)
                written.append(len(text))
        except WebSocketDisconnect:
            told.set()

    async with serving(call) as address:
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(address)
        deaf.sendall(UPGRADE)
        await told.wait()
        deaf.close()
    # What the kernel and the socket keep, and no more.
    assert sum(written) < 1_000_000


async def test_a_reader_who_goes_on_in_time_loses_nothing() -> None:
    sent = "x" * 600_000

    async def call(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(sent)
        await websocket.send_text("the end")
        with suppress(WebSocketDisconnect):
            await websocket.receive_text()

    async with serving(call, http=Hasty) as address:
        reader, writer = await asyncio.open_connection(*address, limit=4096)
        writer.write(UPGRADE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        assert len(await reader.readexactly(10 + len(sent))) > len(sent)
        assert (await reader.readexactly(9))[2:] == b"the end"
        idle, other = await asyncio.open_connection(*address)
        assert await closed(idle)  # as long as a reader may pause
        writer.write(PING)
        assert await reader.readexactly(2) == PONG
        for each in (writer, other):
            each.close()


async def test_who_does_not_close_after_the_end_of_a_call_is_cut() -> None:
    async def call(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    async with serving(call) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(UPGRADE)
        assert await closed(reader)
        writer.close()


async def test_who_answers_no_ping_is_cut_without_a_goodbye() -> None:
    async with (
        serving(listen, ws=PingingSocket, ws_ping_interval=0.1, ws_ping_timeout=0.1) as address,
        asyncio.timeout(10),
    ):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        assert await closed(reader)
        writer.close()
