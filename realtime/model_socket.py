"""The model's end of a call, for websockets' `create_connection=`: its connection, and a short way.

The library takes each message through a parser, a queue and a task, and each one that is sent
through two locks and a context manager. So audio of the model takes the short way, and audio of
the caller is written at once.

What it uses of the library's inner side is listed in `tests/realtime/test_pipecat_contract.py`.
"""

from typing import Any

from loguru import logger
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State
from websockets.typing import Data

from calls.capture import Tap
from telephony.short_way import ShortWay, Taker, is_between_frames
from telephony.text_frames import new_masks, text_frame

LARGEST_BACKLOG_BYTES = 1024 * 1024
"""A minute and a half of audio; a model that leaves so much unread is lost."""

_MASKS = new_masks()


class ModelConnection(ShortWay, ClientConnection):
    """A connection to the model."""

    short = (b'{"type":"response.output_audio.delta"',)
    masked = False

    async def recv(self, decode: bool | None = None) -> Data:  # pyright: ignore[reportIncompatibleMethodOverride]  its overloads say the same
        """Receive the next message of the library's road."""
        self._road_is_empty = not len(self.recv_messages.frames) and is_between_frames(
            self.protocol
        )
        try:
            return await super().recv(decode)
        finally:
            self._road_is_empty = False

    def write_text(self, text: str) -> None:
        """Send one message at once, behind everything that was sent before."""
        if self.protocol.state is not State.OPEN or self.transport.is_closing():
            return
        if self.paused and self.transport.get_write_buffer_size() > LARGEST_BACKLOG_BYTES:
            logger.warning("Model reads nothing, so its connection is given up")
            self.transport.abort()
            return
        self.transport.write(text_frame(text.encode(), mask=next(_MASKS)))


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

    def _hand_over(self, data: bytes, taker: Taker) -> int:
        def take_and_tell(messages: list[bytes]) -> int:
            taken = taker(messages)
            for message in messages[:taken]:
                self._tap("in", message.decode("utf-8", "replace"))
            return taken

        return super()._hand_over(data, take_and_tell)

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
