"""Twilio's end of a call, for uvicorn's `ws=`: its own protocol, and a short way for audio.

uvicorn takes each message through a parser, a queue, a paused and resumed socket and three
layers of ASGI, which costs more than everything we do with 20 ms of audio. So what is a whole text
frame and begins like audio or a mark is handed over at once, and what we say is written at once.
Every other byte takes uvicorn's road, and so does audio while something before it is still on
that road: nothing is ever overtaken. Without a `taker` this is uvicorn's protocol unchanged.

What it uses of uvicorn's and websockets' inner side is listed in
`tests/realtime/test_pipecat_contract.py`.
"""

from collections.abc import Callable
from typing import Any, cast

from fastapi import WebSocket
from loguru import logger
from websockets.protocol import State

from telephony.patience import PatientSocket
from telephony.text_frames import read_text, text_frame

SHORT_WAY = (b'{"event":"media"', b'{"event":"mark"')
"""How the messages begin that may be handed over at once."""

LARGEST_BYTES = 65_535
"""Of a message on the short way; a larger one is for uvicorn to accept or refuse."""

LARGEST_BACKLOG_BYTES = 4 * 1024 * 1024
"""Six minutes of audio: nobody who reads leaves so much unread, however fast the model speaks."""

_EXTENSION = "spaline.call_socket"


class CallSocket(PatientSocket):
    """One WebSocket of uvicorn's.

    Attributes:
        taker: takes the messages of one read, and says how many of them, from the first on; None:
            all goes uvicorn's road.
    """

    taker: Callable[[list[bytes]], int] | None = None
    _awaited = False

    async def run_asgi(self) -> None:
        """Run the application, which finds this socket by `call_socket`."""
        call_socket_scope(cast(dict[str, Any], self.scope), self)
        await super().run_asgi()

    async def receive(self) -> Any:
        """Give the application the next message of uvicorn's road."""
        self._awaited = True
        try:
            return await super().receive()
        finally:
            self._awaited = False

    def data_received(self, data: bytes) -> None:
        """Hand over the audio at the head of what was read; leave the rest to uvicorn."""
        taken = self._hand_over(data) if self.taker is not None and self._idle() else 0
        if taken < len(data):
            super().data_received(data[taken:] if taken else data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the call."""
        self.taker = None
        super().connection_lost(exc)

    def write_text(self, text: str) -> None:
        """Send one message at once, behind everything that was sent before."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > LARGEST_BACKLOG_BYTES:
            logger.warning("Caller's line reads nothing, so it is given up")
            self.transport.abort()
            return
        self.transport.write(text_frame(text.encode()))

    def _idle(self) -> bool:
        """Whether nothing is on uvicorn's road: no half frame, no message, no work on one."""
        return (
            self._awaited
            and self.queue.empty()
            and not self.conn.reader.buffer
            and self.conn.current_size is None
            and self.conn.state is State.OPEN
        )

    def _hand_over(self, data: bytes) -> int:
        """How many bytes of the read the taker took."""
        messages: list[bytes] = []
        ends = [0]
        while found := read_text(data, ends[-1], masked=True):
            message, end = found
            if not message.startswith(SHORT_WAY) or len(message) > LARGEST_BYTES:
                break
            messages.append(message)
            ends.append(end)
        return ends[self.taker(messages)] if self.taker and messages else 0


def call_socket_scope(scope: dict[str, Any], socket: Any) -> dict[str, Any]:
    """A scope in which the application finds a socket by `call_socket`."""
    scope["extensions"][_EXTENSION] = socket
    return scope


def call_socket(websocket: WebSocket) -> CallSocket | None:
    """The socket under a WebSocket of FastAPI's; None when another server runs it."""
    return websocket.scope.get("extensions", {}).get(_EXTENSION)
