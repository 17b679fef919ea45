"""Twilio's end of a media stream: speaks and listens at the true pace of a telephone."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from simulator.mulaw import SILENCE
from simulator.playout import BYTES_PER_SEC, Heard
from simulator.speech import CALLER
from simulator.stream import Stream
from simulator.stream_reader import (
    INVALID_MESSAGE,
    Mark,
    Media,
    MessageIgnored,
    read_message,
)

FRAME_MS = 20
FRAME_BYTES = BYTES_PER_SEC * FRAME_MS // 1000
SETTLE_SECS = 0.7
"""An agent that was silent for so long has finished its turn."""

LISTEN_SECS = 20.0
"""A caller does not wait longer for an answer."""

BINARY_MESSAGE = 31950
BROKEN_PIPE = 31903
ABNORMAL_CLOSURE = 1006
"""What the socket tells when it was lost without a close."""


class LineEnded(Exception):
    """The other side ended the stream while the caller was in the middle of something."""


class AgentSilent(Exception):
    """The agent was silent for longer than the caller waits."""


class Line:
    """What a caller can do while the stream runs; the script of a call gets one."""

    def __init__(self, socket: ClientConnection, stream: Stream) -> None:
        self.stream = stream
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._sequence_number = 0
        self._frames = 0
        self._speech = bytearray()
        self._ticks = asyncio.Condition()
        self._ended_by: str | None = None
        self._since = 0.0
        self._last_audio_at = -1.0
        self._waiting_since: float | None = None

    #
    # For the script
    #

    async def say(self, text: str) -> None:
        """Speak in real time; returns when the last word was said."""
        await self.play(await asyncio.to_thread(CALLER.speak, text))

    async def play(self, mulaw: bytes) -> None:
        """Say these bytes in real time."""
        self._speech.extend(mulaw + bytes([SILENCE]) * (-len(mulaw) % FRAME_BYTES))
        await self._until(lambda: not self._speech)
        self._since = self._waiting_since = self._now()

    async def press(self, digits: str) -> None:
        """Press keys, one message each."""
        for digit in digits:
            await self._send(
                "dtmf", {"dtmf": {"track": "inbound_track", "digit": digit}}, remember=True
            )
        self._since = self._now()

    async def listen(
        self, *, settle_secs: float = SETTLE_SECS, within_secs: float = LISTEN_SECS
    ) -> None:
        """Wait until the agent has spoken and then been silent for a while.

        Args:
            settle_secs: how long it must have been silent.
            within_secs: how long the caller waits for that.

        Raises:
            AgentSilent: it never was.
            LineEnded: the other side ended the stream.
        """
        await self._within(
            within_secs,
            lambda: (
                self._last_audio_at >= self._since
                and self._now() - self.stream.playout.ends_secs >= settle_secs
            ),
        )
        self._since = self._now()

    async def hear_agent(self, ms: int, *, within_secs: float = LISTEN_SECS) -> None:
        """Wait until so much of the agent's answer was heard.

        Raises:
            AgentSilent: it never was.
            LineEnded: the other side ended the stream.
        """

        def heard() -> bool:
            began = self.stream.playout.first_after(self._since)
            return began is not None and self._now() - began >= ms / 1000

        await self._within(within_secs, heard)

    async def stay(self, *, within_secs: float = LISTEN_SECS) -> None:
        """Wait for the other side to end the stream, as before a transfer.

        Raises:
            AgentSilent: it did not.
            LineEnded: it did.
        """
        await self._within(within_secs, lambda: False)

    async def hang_up(self) -> None:
        """End the call as a caller does."""
        if self._ended_by is not None:
            raise LineEnded(self._ended_by)
        self._ended_by = "the caller"
        body = {"accountSid": self.stream.account_sid, "callSid": self.stream.call_sid}
        await self._send("stop", {"stop": body}, remember=True)
        await self._socket.close()

    async def vanish(self) -> None:
        """Lose the connection without a word."""
        self._ended_by = "a lost connection"
        self._socket.transport.abort()

    #
    # For the call
    #

    async def run(self, script: Callable[["Line"], Awaitable[None]]) -> str:
        """Run the stream until either side ends it; says who did."""
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._begin()
            tasks += [asyncio.create_task(self._pace()), asyncio.create_task(self._receive())]
            await script(self)
            if self._ended_by is None:
                await self.hang_up()
        except (LineEnded, ConnectionClosed):
            self._ended_by = self._ended_by or "the server"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.stream.playout.clear(self._now())
            await self._socket.close()
        return self._ended_by or "the server"

    async def _begin(self) -> None:
        text = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self.stream.sent.append(text)
        await self._socket.send(text)
        body: dict[str, Any] = {
            "accountSid": self.stream.account_sid,
            "streamSid": self.stream.stream_sid,
            "callSid": self.stream.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self.stream.parameters,
        }
        await self._send("start", {"start": body}, remember=True)
        self.stream.begun_secs = self._since = self._now()

    async def _pace(self) -> None:
        """A frame every 20 ms against absolute deadlines, and the marks that are due."""
        while True:
            due = self.stream.begun_secs + self._frames * FRAME_MS / 1000
            self._frames += 1
            await asyncio.sleep(due + FRAME_MS / 1000 - self._now())
            if self._ended_by is not None:
                return
            await self._send_frame(due)
            await self._echo(self.stream.playout.advance(self._now()))
            async with self._ticks:
                self._ticks.notify_all()

    async def _send_frame(self, at_secs: float) -> None:
        mulaw = bytes(self._speech[:FRAME_BYTES])
        if mulaw:
            del self._speech[:FRAME_BYTES]
            self.stream.spoken.append(Heard(at_secs, mulaw))
        media = {
            "track": "inbound",
            "chunk": str(self._frames),
            "timestamp": str(self._frames * FRAME_MS),
            "payload": base64.b64encode(mulaw or bytes([SILENCE]) * FRAME_BYTES).decode("ascii"),
        }
        await self._send("media", {"media": media})

    async def _receive(self) -> None:
        try:
            async for message in self._socket:
                await self._take(message)
        except ConnectionClosedError:
            if self._ended_by is None and self._socket.close_code == ABNORMAL_CLOSURE:
                self._warn(BROKEN_PIPE)
        self._ended_by = self._ended_by or "the server"
        async with self._ticks:
            self._ticks.notify_all()

    async def _take(self, message: str | bytes) -> None:
        """One message of the other side; what Twilio would ignore is ignored and counted."""
        if isinstance(message, bytes):
            self._warn(BINARY_MESSAGE)
            return
        self.stream.received.append(message)
        try:
            command = read_message(message, self.stream.stream_sid)
        except MessageIgnored:
            self._warn(INVALID_MESSAGE)
            return
        match command:
            case Media(mulaw):
                self._queue(mulaw)
            case Mark(name):
                await self._echo(self.stream.playout.mark(name, self._now()))
            case _:
                await self._echo(self.stream.playout.clear(self._now()))

    def _queue(self, mulaw: bytes) -> None:
        now = self._now()
        begins = max(now, self.stream.playout.ends_secs)
        self.stream.playout.queue(mulaw, now)
        self._last_audio_at = now
        if self.stream.first_audio_ms is None:
            self.stream.first_audio_ms = round((begins - self.stream.begun_secs) * 1000)
        if self._waiting_since is not None:
            self.stream.latencies_ms.append(round((begins - self._waiting_since) * 1000))
            self._waiting_since = None

    def _warn(self, code: int) -> None:
        if code not in self.stream.warnings:
            self.stream.warnings.append(code)

    async def _echo(self, marks: list[str]) -> None:
        for name in marks if self._ended_by is None else ():
            await self._send("mark", {"mark": {"name": name}}, remember=True)

    async def _send(self, event: str, body: dict[str, Any], *, remember: bool = False) -> None:
        self._sequence_number += 1
        message = {
            "event": event,
            "sequenceNumber": str(self._sequence_number),
            **body,
            "streamSid": self.stream.stream_sid,
        }
        text = json.dumps(message)
        if remember:
            self.stream.sent.append(text)
        await self._socket.send(text)

    async def _within(self, secs: float, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(secs):
                await self._until(condition)
        except TimeoutError as error:
            raise AgentSilent(f"the caller waited {secs:g} s for the agent") from error

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with self._ticks:
            while not condition():
                if self._ended_by is not None:
                    raise LineEnded(self._ended_by)
                await self._ticks.wait()

    def _now(self) -> float:
        return self._loop.time()
