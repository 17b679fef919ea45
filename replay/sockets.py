"""Both sockets of a call, at whose other ends a capture is."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK
from websockets.frames import Close
from websockets.protocol import State

from calls.capture import Tap
from realtime.model_socket import ModelConnection
from replay.same_ids import SameIds
from telephony.call_socket import CallSocket, call_socket_scope


class ReplayedLine:
    """The line's socket: what a server would do for it, without a server.

    Attributes:
        taker: as of `telephony.call_socket.CallSocket`.
        websocket: what the application gets.
        is_closed: whether we have closed it.
    """

    taker: Any = None

    def __init__(self) -> None:
        self.is_closed = False
        self._waiting: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._waiting.put_nowait({"type": "websocket.connect"})
        scope: dict[str, Any] = {"type": "websocket", "headers": [], "extensions": {}}
        self.websocket = WebSocket(call_socket_scope(scope, self), self._waiting.get, self._send)

    async def _send(self, message: AsgiMessage) -> None:
        self.is_closed = self.is_closed or message["type"] == "websocket.close"

    def write_text(self, text: str) -> None:
        """Take what is sent at once; who captures has seen it."""

    def say(self, text: str) -> None:
        """A message of the line."""
        short = text.encode().startswith(CallSocket.short) and self._waiting.empty()
        if not (short and self.taker and self.taker([text.encode()])):
            self._waiting.put_nowait({"type": "websocket.receive", "text": text})

    def close(self) -> None:
        """The line is gone."""
        self.taker = None
        self._waiting.put_nowait({"type": "websocket.disconnect", "code": 1000})


class ReplayedModel(ModelConnection):
    """A connection to the model, without a network under it."""

    def __init__(self, tap: Tap, ids: SameIds) -> None:
        """Connect to a capture.

        Args:
            tap: is shown what is sent.
            ids: learns of the items that are made.
        """
        # Not the library's own __init__: it needs a transport.
        self._tap = tap
        self._ids = ids
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self._is_open = True

    @property
    def state(self) -> State:
        """Open, until one side closes."""
        return State.OPEN if self._is_open else State.CLOSED

    @property
    def close_code(self) -> int | None:
        """As of a normal end."""
        return None if self._is_open else 1000

    @property
    def close_reason(self) -> str | None:
        """None is known."""
        return None if self._is_open else ""

    async def __aiter__(self) -> AsyncIterator[Any]:
        """What the model says, until it closes."""
        while (message := await self._waiting.get()) is not None:
            yield message

    async def recv(self, decode: bool | None = None) -> Any:
        """The next thing that the model says."""
        message = await self._waiting.get()
        if message is None:
            raise ConnectionClosedOK(Close(1000, ""), None)
        return message

    async def send(self, message: Any, **options: Any) -> None:
        """Take what is sent."""
        if not self._is_open:
            raise ConnectionClosed(Close(1000, ""), None)
        self.write_text(message)

    def write_text(self, text: str) -> None:
        """Take what is sent at once."""
        self._tap("out", text)
        self._ids.sent(json.loads(text))

    def say(self, text: str) -> None:
        """A message of the model."""
        short = text.encode().startswith(self.short) and self._waiting.empty()
        if not (short and self.taker and self.taker([text.encode()])):
            self._waiting.put_nowait(text)

    def lose(self) -> None:
        """The model is gone."""
        self._is_open = False
        self._waiting.put_nowait(None)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """We leave."""
        if self._is_open:
            self.lose()
