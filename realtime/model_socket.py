"""The model's end of a call, for websockets' `create_connection=`: its connection, and a short way.

The library takes each message through a parser, a queue and a task, and each one that is sent
through two locks and a context manager. So what is a whole text frame and begins like audio is
handed over at once, and audio is written at once. Every other byte takes the library's road, and
so does audio while something before it is still on that road: nothing is ever overtaken. Without
a `taker` this is the library's connection unchanged.

What it uses of the library's inner side is listed in `tests/realtime/test_pipecat_contract.py`.
"""

from collections.abc import Callable
from typing import Any

from loguru import logger
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State
from websockets.typing import Data

from calls.capture import Tap
from telephony.text_frames import new_masks, read_text, text_frame

SHORT_WAY = b'{"type":"response.output_audio.delta"'
"""How a message begins that may be handed over at once."""

LARGEST_BACKLOG_BYTES = 1024 * 1024
"""A minute and a half of audio; a model that leaves so much unread is lost."""


class ModelConnection(ClientConnection):
    """A connection to the model.

    Attributes:
        taker: takes a message, or says that it is not for it; None: all goes the library's road.
    """

    taker: Callable[[bytes], bool] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Connect.

        Args:
            args: those of `ClientConnection`.
            kwargs: those of `ClientConnection`.
        """
        super().__init__(*args, **kwargs)
        self._masks = new_masks()

    def data_received(self, data: bytes) -> None:
        """Hand over the audio at the head of what was read; leave the rest to the library."""
        taken = self._hand_over(data) if self.taker is not None and self._idle() else 0
        if taken < len(data):
            super().data_received(data[taken:] if taken else data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the call."""
        self.taker = None
        super().connection_lost(exc)

    def write_text(self, text: str) -> None:
        """Send one message at once, behind everything that was sent before."""
        if self.protocol.state is not State.OPEN or self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > LARGEST_BACKLOG_BYTES:
            logger.warning("Model reads nothing, so its connection is given up")
            self.transport.abort()
            return
        self.transport.write(text_frame(text.encode(), mask=next(self._masks)))

    def _idle(self) -> bool:
        """Whether nothing is on the library's road: no half frame, no message, no work on one."""
        return (
            self.recv_messages.get_in_progress
            and not len(self.recv_messages.frames)
            and not self.protocol.reader.buffer
            and self.protocol.current_size is None
            and self.protocol.state is State.OPEN
        )

    def _hand_over(self, data: bytes) -> int:
        """How many bytes of the read the taker took."""
        at = 0
        while self.taker and (found := read_text(data, at, masked=False)):
            message, end = found
            if not message.startswith(SHORT_WAY) or not self.taker(message):
                break
            at = end
        return at


class TappedConnection(ModelConnection):
    """A connection whose messages somebody else is shown too."""

    def __init__(self, tap: Tap, *args: Any, **kwargs: Any) -> None:
        """Connect.

        Args:
            tap: is shown every message.
            args: those of `ClientConnection`.
            kwargs: those of `ClientConnection`.
        """
        super().__init__(*args, **kwargs)
        self._tap = tap

    def _hand_over(self, data: bytes) -> int:
        end, at = super()._hand_over(data), 0
        while at < end and (found := read_text(data, at, masked=False)):
            message, at = found
            self._tap("in", message.decode("utf-8", "replace"))
        return end

    async def recv(self, decode: bool | None = None) -> Data:  # pyright: ignore[reportIncompatibleMethodOverride]  its overloads say the same
        """Receive what did not come the short way."""
        message = await super().recv(decode)
        self._tap("in", message if isinstance(message, str) else message.decode("utf-8", "replace"))
        return message

    async def send(self, message: Any, **options: Any) -> None:
        """Send what does not go the short way."""
        self._tap("out", message)
        await super().send(message, **options)

    def write_text(self, text: str) -> None:
        """Send one message at once."""
        self._tap("out", text)
        super().write_text(text)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that it is over, and let go of the call."""
        self._tap("closed", "")
        super().connection_lost(exc)
