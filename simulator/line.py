"""Twilio's end of a media stream: speaks and listens at the true pace of a telephone."""

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from simulator.mulaw import SILENCE
from simulator.playout import BYTES_PER_SEC, Heard, Playout
from simulator.speech import CALLER

FRAME_MS = 20
FRAME_BYTES = BYTES_PER_SEC * FRAME_MS // 1000
SETTLE_SECS = 0.7
"""An agent that was silent for so long has finished its turn."""

LISTEN_SECS = 20.0
"""A caller does not wait longer for an answer."""

SHAPES: dict[str, set[str]] = {
    "media": {"event", "streamSid", "media"},
    "mark": {"event", "streamSid", "mark"},
    "clear": {"event", "streamSid"},
}
"""The fields of the messages that Twilio takes; with one more or one less it ignores them."""


class LineEnded(Exception):
    """The other side ended the stream while the caller was in the middle of something."""


class AgentSilent(Exception):
    """The agent said nothing for `LISTEN_SECS`."""


@dataclass
class Stream:
    """What is known of a stream, and what is remembered of it.

    Attributes:
        stream_sid: of the stream.
        call_sid: of its call.
        account_sid: of the account.
        parameters: of the TwiML.
        warnings: Twilio's codes for what it ignored, each once.
        sent: our messages, but for silence and speech.
        received: the other side's messages.
        spoken: what the caller said, at the moments of the loop's clock.
        playout: what the agent said.
        latencies_ms: from the end of the caller's words to the first audio of the answer.
    """

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: dict[str, str]
    warnings: list[int] = field(default_factory=list[int])
    sent: list[str] = field(default_factory=list[str])
    received: list[str] = field(default_factory=list[str])
    spoken: list[Heard] = field(default_factory=list[Heard])
    playout: Playout = field(default_factory=Playout)
    latencies_ms: list[int] = field(default_factory=list[int])
    begun_secs: float = 0.0
    first_audio_ms: int | None = None


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
        self._speech.extend(mulaw.ljust(-(-len(mulaw) // FRAME_BYTES) * FRAME_BYTES, b"\xff"))
        await self._until(lambda: not self._speech)
        self._since = self._waiting_since = self._now()

    async def press(self, digits: str) -> None:
        """Press keys, one message each."""
        for digit in digits:
            await self._send(
                "dtmf", {"dtmf": {"track": "inbound_track", "digit": digit}}, remember=True
            )
        self._since = self._now()

    async def listen(self, *, settle_secs: float = SETTLE_SECS) -> None:
        """Wait until the agent has spoken and then been silent for a while.

        Raises:
            AgentSilent: it never was.
        """
        await self._within(
            lambda: (
                self._last_audio_at >= self._since
                and self._now() - self.stream.playout.ends_secs >= settle_secs
            )
        )
        self._since = self._now()

    async def hear_agent(self, ms: int) -> None:
        """Wait until so much of the agent's answer was heard.

        Raises:
            AgentSilent: it never was.
        """

        def heard() -> bool:
            began = self.stream.playout.first_after(self._since)
            return began is not None and self._now() - began >= ms / 1000

        await self._within(heard)

    async def hang_up(self) -> None:
        """End the call as a caller does."""
        body = {"accountSid": self.stream.account_sid, "callSid": self.stream.call_sid}
        await self._send("stop", {"stop": body}, remember=True)
        self._ended_by = "the caller"
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
        await self._begin()
        tasks = [asyncio.create_task(self._pace()), asyncio.create_task(self._receive())]
        try:
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
        begun = self._now()
        while True:
            self._frames += 1
            await asyncio.sleep(begun + self._frames * FRAME_MS / 1000 - self._now())
            await self._send_frame()
            await self._echo(self.stream.playout.advance(self._now()))
            async with self._ticks:
                self._ticks.notify_all()

    async def _send_frame(self) -> None:
        mulaw = bytes(self._speech[:FRAME_BYTES])
        if mulaw:
            del self._speech[:FRAME_BYTES]
            self.stream.spoken.append(Heard(self._now(), mulaw))
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
        except ConnectionClosed:
            pass
        self._ended_by = self._ended_by or "the server"
        async with self._ticks:
            self._ticks.notify_all()

    async def _take(self, message: str | bytes) -> None:
        """One message of the other side; what Twilio would ignore is ignored and counted."""
        if isinstance(message, bytes):
            self._warn(31950)
            return
        self.stream.received.append(message)
        event = self._understood(message)
        if event is None:
            self._warn(31951)
        elif event["event"] == "media":
            self._queue(base64.b64decode(event["media"]["payload"]))
        elif event["event"] == "mark":
            await self._echo(self.stream.playout.mark(event["mark"]["name"], self._now()))
        else:
            await self._echo(self.stream.playout.clear(self._now()))

    def _understood(self, message: str) -> dict[str, Any] | None:
        """The message, if it has exactly the shape that Twilio takes."""
        try:
            event = cast(dict[str, Any], json.loads(message))
            fields = SHAPES[event["event"]]
            inner = {"media": "payload", "mark": "name"}.get(event["event"])
            if set(event) != fields or event["streamSid"] != self.stream.stream_sid:
                return None
            if inner and (
                set(event[event["event"]]) != {inner} or not event[event["event"]][inner]
            ):
                return None
            if inner == "payload":
                base64.b64decode(event["media"]["payload"], validate=True)
        except (ValueError, KeyError, TypeError, binascii.Error):
            return None
        return event

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
        for name in marks:
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

    async def _within(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(LISTEN_SECS):
                await self._until(condition)
        except TimeoutError as error:
            raise AgentSilent(f"the agent said nothing for {LISTEN_SECS:.0f} s") from error

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with self._ticks:
            while not condition():
                if self._ended_by is not None:
                    raise LineEnded(self._ended_by)
                await self._ticks.wait()

    def _now(self) -> float:
        return self._loop.time()
