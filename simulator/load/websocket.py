"""A WebSocket client with nothing between a text and the socket.

The usual libraries cost more for each message than many a server that is to be measured.
"""

import asyncio
import base64
import secrets
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

OPEN_SECS = 10.0

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
_NO_MASK = bytes(4)
"""A mask of zeros is a mask by the protocol, and costs nothing."""


class SocketRefused(Exception):
    """The server did not open the WebSocket."""


class FastSocket(asyncio.Protocol):
    """Whole text frames in and out.

    Attributes:
        closed: set when the connection is gone.
        close_code: of the server's close; None before that, and when there was none.
    """

    def __init__(self, on_text: Callable[[bytes], None]) -> None:
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._on_text = on_text
        self._opened = asyncio.get_running_loop().create_future()
        self._rest = b""
        self._closing = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if not self._opened.done():
            self._opened.set_exception(SocketRefused("the server closed the connection"))
        self.closed.set()

    async def shake_hands(self, url: str, headers: Mapping[str, str]) -> None:
        """Ask for the WebSocket.

        Raises:
            SocketRefused: the server answered anything but 101.
        """
        parts = urlsplit(url)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [
            f"GET {parts.path or '/'} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self._write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(OPEN_SECS):
            await self._opened

    def send(self, *texts: str) -> None:
        """Send some texts at once."""
        self._write(b"".join([_frame(_TEXT, text.encode()) for text in texts]))

    def close(self) -> None:
        """Begin to close, as who has nothing more to say."""
        self._say_close((1000).to_bytes(2))

    def _say_close(self, reason: bytes) -> None:
        if not self._closing:
            self._closing = True
            self._write(_frame(_CLOSE, reason))

    def abort(self) -> None:
        """Close without a word."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut the stream into frames."""
        data = self._rest + data if self._rest else data
        begin = 0
        if not self._opened.done():
            begin = self._take_handshake(data)
        while (body := _body(data, begin)) is not None:
            start, end = body
            self._take(data[begin] & 0x0F, data[start:end])
            begin = end
        self._rest = data[begin:]

    def _take_handshake(self, data: bytes) -> int:
        """Judge the answer to the upgrade; gives where the first frame begins."""
        head, blank, _ = data.partition(b"\r\n\r\n")
        if not blank:
            return 0
        status = head.split(b"\r\n", 1)[0].decode("ascii", "replace")
        if status.split(" ")[1:2] == ["101"]:
            self._opened.set_result(None)
        else:
            self._opened.set_exception(SocketRefused(f"the server answered {status}"))
        return len(head) + len(blank)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._on_text(payload)
        elif opcode == _PING:
            self._write(_frame(_PONG, payload))
        elif opcode == _CLOSE:
            self.close_code = int.from_bytes(payload[:2]) if payload else None
            self._say_close(payload[:2])
            if self._transport is not None:
                self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


async def open_socket(
    url: str, headers: Mapping[str, str], on_text: Callable[[bytes], None]
) -> FastSocket:
    """A WebSocket; every text that comes is given to `on_text`.

    Raises:
        SocketRefused: the server does not want it.
        OSError: it cannot be reached.
    """
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    is_secure = parts.scheme == "wss"
    _, socket = await loop.create_connection(
        lambda: FastSocket(on_text),
        parts.hostname or "",
        parts.port or (443 if is_secure else 80),
        ssl=is_secure or None,
    )
    try:
        await socket.shake_hands(url, headers)
    except BaseException:
        socket.abort()
        raise
    return socket


def _frame(opcode: int, payload: bytes) -> bytes:
    """A client's frame."""
    size = len(payload)
    if size < 126:  # noqa: PLR2004  the protocol's own limits
        length = bytes([_MASKED | size])
    elif size < 1 << 16:
        length = bytes([_MASKED | 126]) + size.to_bytes(2)
    else:
        length = bytes([_MASKED | 127]) + size.to_bytes(8)
    return bytes([_FINAL | opcode]) + length + _NO_MASK + payload


def _body(data: bytes, begin: int) -> tuple[int, int] | None:
    """Where the payload of the server's frame at `begin` starts and ends; None if incomplete."""
    head = begin + 2
    if len(data) < head:
        return None
    length = data[begin + 1]
    if length >= 126:  # noqa: PLR2004  the protocol's own limit
        more = 2 if length == 126 else 8  # noqa: PLR2004
        length = int.from_bytes(data[head : head + more])
        if len(data) < head + more:
            return None
        head += more
    return (head, head + length) if head + length <= len(data) else None
