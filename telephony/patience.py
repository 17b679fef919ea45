"""Sockets that do not wait for ever: uvicorn's own protocols, with an end to their patience.

uvicorn waits without limit for a request that does not come, and for a reader that does not
read. Its timers for that are missing, so these subclasses, given by `http=` and `ws=`, add them.
"""

import asyncio
import socket
from asyncio.transports import BaseTransport, Transport
from typing import Any

from loguru import logger
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST_SECS = 10.0
"""A webhook of Twilio's is some kilobytes; who needs longer to send one is not Twilio."""

MAX_REQUEST_BYTES = 1024 * 1024
"""What may be read of a request that is not complete."""

MAX_SILENT = 100
"""How many connections may be without a whole request; above it the oldest is closed."""

UNREAD_SECS = 5.0
"""Twilio reads at once and buffers by itself; a line that reads nothing for so long is gone."""

UNREAD_BYTES = 128 * 1024
"""What the kernel may keep for a line: ten seconds of audio. By itself it takes megabytes."""

GOODBYE_SECS = 15.0
"""How long a socket may stay whose call is over; uvicorn waits ten for the other's close."""


class PatientHttp(HttpToolsProtocol):
    """A connection whose request must arrive whole, and soon.

    Attributes:
        request_secs: how soon.
        waiting: the end of that; None when nothing is waited for.
    """

    request_secs = REQUEST_SECS
    waiting: asyncio.TimerHandle | None = None
    _bytes = 0

    def connection_made(self, transport: Transport) -> None:
        """Wait for a request; of too many who have sent none, let the oldest go."""
        super().connection_made(transport)
        self._wait()
        others = (other for other in self.connections if isinstance(other, PatientHttp))
        silent = {other: other.waiting.when() for other in others if other.waiting}
        if len(silent) > MAX_SILENT:
            min(silent, key=lambda other: silent[other]).give_up()

    def data_received(self, data: bytes) -> None:
        """Read, but not without end."""
        self._bytes += len(data)
        super().data_received(data)
        if self.waiting and self._bytes > MAX_REQUEST_BYTES:
            self.give_up()

    def on_message_begin(self) -> None:
        """Wait for the rest of a request, also of a second one."""
        super().on_message_begin()
        if not self.waiting:
            self._wait()

    def on_message_complete(self) -> None:
        """Be content: the request is here."""
        self._stop_waiting()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Close the connection without an answer: there was no question."""
        self._stop_waiting()
        logger.warning("Connection closed: no request came, or it had no end")
        self.transport.abort()

    def _wait(self) -> None:
        self._bytes = 0
        self.waiting = self.loop.call_later(self.request_secs, self.give_up)

    def _stop_waiting(self) -> None:
        if self.waiting:
            self.waiting.cancel()
            self.waiting = None


class PatientSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose other end must read.

    Where it does not, the socket is cut: for Twilio the stream has ended, and it asks what comes
    next, so that the caller reaches a person; and nothing piles up in this process.

    Attributes:
        unread_secs: how long it may read nothing while more is to be written.
        goodbye_secs: how long it may stay once its call is over.
    """

    unread_secs = UNREAD_SECS
    goodbye_secs = GOODBYE_SECS
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Let the kernel keep little."""
        super().connection_made(transport)
        raw: Any = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)

    def data_received(self, data: bytes) -> None:
        """Read; cut who asks for a socket in a way that uvicorn has no answer for."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            logger.warning("Socket refused: it was asked for in a way that has no answer")
            self.transport.abort()

    def pause_writing(self) -> None:
        """Wait for the reader to read, for a while."""
        super().pause_writing()
        self._cut_after(self.unread_secs)

    def resume_writing(self) -> None:
        """Go on: it has read."""
        super().resume_writing()
        self._stop_waiting()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Give the other end of a call that is over a while to close."""
        super().on_task_complete(task)
        if self in self.connections:
            self._cut_after(self.goodbye_secs)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Cut who answered no ping: what was not read is not waited for."""
        super().keepalive_timeout()
        self.transport.abort()

    def _cut_after(self, secs: float) -> None:
        self._stop_waiting()
        self._unread = self.loop.call_later(secs, self._cut)

    def _cut(self) -> None:
        self._unread = None
        logger.warning("Socket cut: its other end does not read, or does not close")
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None
