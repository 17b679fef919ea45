"""Twilio's end of a call, for uvicorn's `ws=`: its own protocol, and a short way for audio.

uvicorn takes each message through a parser, a queue, a paused and resumed socket and three
layers of ASGI, which costs more than everything we do with 20 ms of audio. So audio and marks take
the short way, and what we say is written at once.

What it uses of uvicorn's and websockets' inner side is listed in
`tests/realtime/test_pipecat_contract.py`.
"""

from typing import Any, cast

from fastapi import WebSocket
from loguru import logger

from telephony.patience import PatientSocket
from telephony.short_way import ShortWay, is_between_frames
from telephony.text_frames import text_frame

LARGEST_BACKLOG_BYTES = 4 * 1024 * 1024
"""Six minutes of audio: nobody who reads leaves so much unread, however fast the model speaks."""

_EXTENSION = "spaline.call_socket"


class CallSocket(ShortWay, PatientSocket):
    """One WebSocket of uvicorn's."""

    short = (b'{"event":"media"', b'{"event":"mark"')
    masked = True

    async def run_asgi(self) -> None:
        """Run the application, which finds this socket by `call_socket`."""
        call_socket_scope(cast(dict[str, Any], self.scope), self)
        await super().run_asgi()

    async def receive(self) -> Any:
        """Give the application the next message of uvicorn's road."""
        self._road_is_empty = self.queue.empty() and is_between_frames(self.conn)
        try:
            return await super().receive()
        finally:
            self._road_is_empty = False

    def write_text(self, text: str) -> None:
        """Send one message at once, behind everything that was sent before."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        if self._unread and self.transport.get_write_buffer_size() > LARGEST_BACKLOG_BYTES:
            logger.warning("Caller's line reads nothing, so it is given up")
            self.transport.abort()
            return
        self.transport.write(text_frame(text.encode()))


def call_socket_scope(scope: dict[str, Any], socket: Any) -> dict[str, Any]:
    """A scope in which the application finds a socket by `call_socket`."""
    scope["extensions"][_EXTENSION] = socket
    return scope


def call_socket(websocket: WebSocket) -> CallSocket | None:
    """The socket under a WebSocket of FastAPI's; None when another server runs it."""
    return websocket.scope.get("extensions", {}).get(_EXTENSION)
