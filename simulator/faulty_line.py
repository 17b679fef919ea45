"""Twilio's end of a media stream as it should not be, for tests of what survives it."""

from typing import Literal

from websockets.asyncio.client import ClientConnection

from simulator.line import Line
from simulator.stream import Stream
from simulator.stream_writer import CONNECTED

Opening = Literal["good", "media first", "start twice", "no start"]
Marks = Literal["echoed", "never", "backwards"]

THE_NETWORK = "the network"
"""Who ended a stream whose caller is still on the phone: Twilio then asks what comes next."""


class FaultyLine(Line):
    """A line that misbehaves on command."""

    def __init__(
        self,
        socket: ClientConnection,
        stream: Stream,
        *,
        opening: Opening = "good",
        marks: Marks = "echoed",
        forgetful: bool = False,
    ) -> None:
        """Be the line of a stream.

        Args:
            socket: to the server.
            stream: what Twilio knows of it.
            opening: how the stream begins.
            marks: what becomes of the server's marks.
            forgetful: whether Twilio never asks what comes after a stream that the server ended.
        """
        super().__init__(socket, stream)
        self._opening = opening
        self._marks = marks
        self._forgetful = forgetful
        self._held_marks: list[str] = []

    async def send_raw(self, message: str | bytes) -> None:
        """Send something that Twilio would not, as a text or a binary frame."""
        await self._socket.send(message)

    async def send_media(self, payload: str, stream_sid: str | None = None) -> None:
        """Send a payload as it is, perhaps for another stream."""
        text = self._writer.media(b"", self._elapsed_ms)
        text = text.replace('"payload":""', f'"payload":"{payload}"')
        sid = self.stream.stream_sid
        await self._socket.send(text.replace(sid, stream_sid or sid))

    def renumber(self, step: int) -> None:
        """Let the sequence numbers jump, forward or back."""
        self._writer.skip(step)

    def stop_reading(self) -> None:
        """Leave what the server sends where it is."""
        self._socket.transport.pause_reading()

    def read_on(self) -> None:
        """Read what has piled up."""
        self._socket.transport.resume_reading()

    async def break_off(self, *, half: bool = False) -> None:
        """Lose the connection; with `half` only our side of it, as a proxy may."""
        self._ended_by = THE_NETWORK
        if half:
            self._socket.transport.write_eof()
        else:
            self._socket.transport.abort()

    async def _begin(self) -> None:
        if self._opening == "good":
            await super()._begin()
            return
        await self._tell(CONNECTED)
        self.stream.begun_secs = self._since = self._now()
        if self._opening == "media first":
            await self._tell(self._writer.media(b"\xff" * 160, 0))
        if self._opening != "no start":
            await self._tell(self._writer.start())
        if self._opening == "start twice":
            await self._tell(self._writer.start())

    async def _echo(self, marks: list[str]) -> None:
        if self._marks == "never":
            return
        if self._marks == "backwards":
            # One back, so that there are two to be in the wrong order.
            self._held_marks += marks
            marks = [] if len(self._held_marks) < 2 else self._held_marks[::-1]  # noqa: PLR2004
            if marks:
                self._held_marks = []
        await super()._echo(marks)

    async def _receive(self) -> None:
        await super()._receive()
        if self._forgetful:
            self._ended_by = "the caller"
