"""The short way for audio through a WebSocket: past the library, as long as nothing waits there.

A library takes each message through a parser, a queue and a task. So what is a whole text frame
and begins like audio is handed over at once. Every other byte takes the library's road, and so
does audio while something before it is still on that road: nothing is ever overtaken.
"""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from websockets.protocol import Protocol, State

from telephony.text_frames import read_text

LARGEST_BYTES = 65_535
"""Of a message on the short way; a larger one is for the library to accept or refuse."""

Taker = Callable[[list[bytes]], int]
"""Takes the messages of one read, and says how many of them, from the first on."""


class ShortWay(asyncio.Protocol):
    """A protocol with a short way, to be put before a library's; without a `taker` it is that.

    Attributes:
        short: how the messages begin that may take the short way.
        masked: whether the other side masks: it does when it is the client.
        taker: takes what comes by the short way; None: all goes the library's road.
    """

    short: ClassVar[tuple[bytes, ...]]
    masked: ClassVar[bool]
    taker: Taker | None = None
    _road_is_empty = False

    def data_received(self, data: bytes) -> None:
        """Hand over the audio at the head of what was read; leave the rest to the library."""
        taken = self._hand_over(data, self.taker) if self._road_is_empty and self.taker else 0
        if taken < len(data):
            self._road_is_empty = False  # until the reader waits for the next message
            super().data_received(data[taken:] if taken else data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the call."""
        self.taker = None
        super().connection_lost(exc)

    def _hand_over(self, data: bytes, taker: Taker) -> int:
        """How many bytes of the read the taker took."""
        messages: list[bytes] = []
        ends = [0]
        while ends[-1] < len(data) and (found := read_text(data, ends[-1], masked=self.masked)):
            message, end = found
            if not message.startswith(self.short) or len(message) > LARGEST_BYTES:
                break
            messages.append(message)
            ends.append(end)
        return ends[taker(messages)] if messages else 0


def is_between_frames(protocol: Protocol) -> bool:
    """Whether the library's parser has no half frame, and neither side has said goodbye."""
    return (
        not protocol.reader.buffer
        and protocol.current_size is None
        and protocol.state is State.OPEN
    )
