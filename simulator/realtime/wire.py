"""The server's end of one socket: numbers events, delays them, sends them in order."""

import asyncio
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from simulator.realtime.knobs import Knobs

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Raw:
    """A frame as no service should send it."""

    content: bytes
    text: bool


_Due = str | Raw | tuple[int, str] | Callable[[], None]
"""What waits its turn: an event, no event, a close, or something to do."""


class Wire:
    """Sends events; `emit` never waits, so what is emitted together stays together.

    Attributes:
        pads: whether a delta may come with padding, so that its length tells nothing.
    """

    pads = True

    def __init__(self, connection: ServerConnection, knobs: Knobs, number: int) -> None:
        self.choices = random.Random(f"{knobs.seed}/{number}")  # noqa: S311  # not a secret
        self.sent: list[dict[str, Any]] = []
        self._ids = random.Random(f"{knobs.seed}/{number}/ids")  # noqa: S311  # not a secret
        self._connection = connection
        self._knobs = knobs
        self._number = number
        self._queue: asyncio.Queue[tuple[float, _Due]] = asyncio.Queue()

    def new_id(self, prefix: str) -> str:
        """An id as the service makes them, like `item_` and 21 characters."""
        return f"{prefix}_{''.join(self._ids.choices(_LETTERS, k=21))}"

    def maybe(self) -> bool:
        """Toss a coin where the real service is known to vary; always False when told not to."""
        return self._knobs.vary and self.choices.choice((True, False))

    def emit(self, kind: str, **fields: Any) -> None:
        """Send one event after all those emitted before."""
        event = {"type": kind, "event_id": self.new_id("event"), **fields}
        if self.pads and kind.endswith(".delta") and self.maybe():
            event["obfuscation"] = "".join(self._ids.choices(_LETTERS, k=8))
        text = json.dumps(event)
        # Parsed again, because items in it go on changing.
        self.sent.append(json.loads(text))
        self._put(text)

    def send_raw(self, content: bytes, *, text: bool) -> None:
        """Send these bytes after all that was emitted, as a text or a binary frame."""
        self._put(Raw(content, text))

    def close(self, code: int, reason: str) -> None:
        """Close the socket after all that was emitted."""
        self._put((code, reason))

    def then(self, act: Callable[[], None]) -> None:
        """Do something after all that was emitted is sent."""
        self._put(act)

    async def delivered(self) -> None:
        """Wait until the other side has read all that was emitted.

        What it had not read when the connection breaks is lost to it.
        """
        sent = asyncio.Event()
        self.then(sent.set)
        await sent.wait()
        await (await self._connection.ping())

    def _put(self, what: _Due) -> None:
        due = asyncio.get_running_loop().time() + self._knobs.round_trip_ms / 1000
        self._queue.put_nowait((due, what))

    async def pump(self) -> None:
        """Send until the socket is closed by either side."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                due, what = await self._queue.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                match what:
                    case str():
                        if self._knobs.on_send is not None:
                            self._knobs.on_send(self._number, what)
                        await self._connection.send(what)
                    case Raw():
                        await self._connection.send(what.content, text=what.text)
                    case (code, reason):
                        return await self._connection.close(code, reason)
                    case _:
                        what()
        except ConnectionClosed:
            return None
