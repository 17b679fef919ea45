"""What may stand where the doctor expects something else, as servers of a line or two."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

_END = b"\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncGenerator[str]:
    """Serve each connection so; gives host and port."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # who asked has what it wanted
        finally:
            writer.close()

    async with await asyncio.start_server(closing, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@asynccontextmanager
async def always(status: str, body: str = "", header: str = "X-Nothing: 1") -> AsyncGenerator[str]:
    """An origin that answers everything alike."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(_END)
        writer.write(_answer(status, body, header))
        await writer.drain()

    async with listening(serve) as address:
        yield f"http://{address}"


@asynccontextmanager
async def without_sockets(upstream: list[str]) -> AsyncGenerator[str]:
    """A proxy that speaks HTTP only, as many are set up.

    Args:
        upstream: host and port of what is behind it, once that is known.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_END)
        if b"Upgrade: websocket" in head:
            writer.write(_answer("400 Bad Request"))
        else:
            there, back = await _open(upstream[0])
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            back.write(head.replace(_END, b"\r\nConnection: close" + _END))
            back.write(await reader.readexactly(length))
            writer.write(await there.read())
            back.close()
        await writer.drain()

    async with listening(serve) as address:
        yield f"http://{address}"


@asynccontextmanager
async def behind_by(secs: int, upstream: str) -> AsyncGenerator[str]:
    """Host and port of a server whose clock is behind; the rest is that of another one."""
    date = format_datetime(datetime.now(UTC) - timedelta(seconds=secs), usegmt=True).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await _open(upstream)
        back.write(await reader.readuntil(_END))
        head = await there.readuntil(_END)
        writer.write(re.sub(rb"(?m)^Date: .+?\r$", b"Date: " + date + b"\r", head))
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    async with listening(serve) as address:
        yield address


async def _open(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.partition(":")
    return await asyncio.open_connection(host, int(port))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
        await writer.drain()
    writer.close()


def _answer(status: str, body: str = "", header: str = "X-Nothing: 1") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return head.encode() + _END + body.encode()
