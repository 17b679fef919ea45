"""Twilio's end of a media stream: speaks and listens at the true pace of a telephone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from simulator.mulaw import SILENCE
from simulator.network import Frame, Network, hiss
from simulator.playout import BYTES_PER_SEC, Heard
from simulator.speech import CALLER
from simulator.stream import Stream
from simulator.stream_reader import INVALID_MESSAGE, Mark, Media, MessageIgnored, read_message
from simulator.stream_writer import CONNECTED, StreamWriter

FRAME_MS = 20
FRAME_BYTES = BYTES_PER_SEC * FRAME_MS // 1000
SETTLE_SECS = 0.7
"""An agent that was silent for so long has finished its turn."""

LISTEN_SECS = 20.0
"""A caller does not wait longer for an answer."""

BINARY_MESSAGE = 31950
BROKEN_PIPE = 31903
CLOSE_ERROR = 31921
ABNORMAL_CLOSURE = 1006
"""What the socket tells when it was lost without a close."""

GOOD_CLOSES = (1000, 1005)
"""A server that means to end the stream closes with 1000, or with no code at all."""


class LineEnded(Exception):
    """The other side ended the stream while the caller was in the middle of something."""


class AgentSilent(Exception):
    """The agent was silent for longer than the caller waits."""


class Line:
    """What a caller can do while the stream runs; the script of a call gets one."""

    def __init__(self, socket: ClientConnection, stream: Stream) -> None:
        self.stream = stream
        self._socket = socket
        self._writer = StreamWriter(stream)
        self._network = Network()
        self._loop = asyncio.get_running_loop()
        self._frames = 0
        self._speech = bytearray()
        self._background = bytes([SILENCE]) * BYTES_PER_SEC
        self._ticks = asyncio.Condition()
        self._ended_by: str | None = None
        self._since = 0.0
        self._last_audio_at = -1.0
        self._waiting_since: float | None = None

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
            await self._tell(self._writer.dtmf(digit))
        self._since = self._now()

    async def wait(self, ms: int) -> None:
        """Let so much time pass."""
        until = self._paced_secs + ms / 1000
        await self._until(lambda: self._paced_secs >= until)

    def lose_audio(self, ms: int, *, after_ms: int = 0) -> None:
        """Lose the caller's frames, the next ones or later: then the timestamps have jumped."""
        self._network.lose(self._elapsed_ms + after_ms, ms)

    def hold_audio(self, ms: int) -> None:
        """Keep the caller's next frames back, and deliver them in one burst."""
        self._network.hold(self._elapsed_ms, ms)

    def hiss(self, loudness: float = 40.0, *, seed: int = 0) -> None:
        """Put noise where the caller is silent; `loudness` is a root mean square of 16 bits."""
        self._background = hiss(BYTES_PER_SEC, loudness, seed)

    async def listen(
        self,
        *,
        settle_secs: float = SETTLE_SECS,
        within_secs: float = LISTEN_SECS,
        answered_secs: float | None = None,
    ) -> None:
        """Wait until the agent has spoken and then been silent for a while.

        Args:
            settle_secs: how long it must have been silent.
            within_secs: how long the caller waits for that.
            answered_secs: when the model gave its answer, by the loop's clock; only audio from
                then on counts, so that a pause before a tool's result is not the end of a turn.

        Raises:
            AgentSilent: it never was.
            LineEnded: the other side ended the stream.
        """
        since = max(self._since, answered_secs or 0.0)
        await self._within(
            within_secs,
            lambda: (
                self._last_audio_at >= since
                and self._paced_secs - self.stream.playout.ends_secs >= settle_secs
            ),
        )
        self._since = self._now()

    async def hear_agent(self, ms: int, *, within_secs: float = LISTEN_SECS) -> None:
        """Wait until so much of the agent's answer was heard.

        Raises:
            AgentSilent: it never was.
            LineEnded: the other side ended the stream.
        """
        playout, secs = self.stream.playout, ms / 1000
        await self._within(
            within_secs, lambda: self._paced_secs - playout.first_after(self._since) >= secs
        )

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
        await self._tell(self._writer.stop())
        await self._socket.close()

    async def vanish(self) -> None:
        """Lose the connection without a word."""
        self._ended_by = "a lost connection"
        self._socket.transport.abort()

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
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self.stream.playout.clear(self._now())
            self.stream.ended_secs = self._now()
            await self._socket.close()
            _raise_bugs(results)
        return self._ended_by or "the server"

    async def _begin(self) -> None:
        await self._tell(CONNECTED)
        await self._tell(self._writer.start())
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
        else:
            begin = (self._frames - 1) * FRAME_BYTES % BYTES_PER_SEC
            mulaw = self._background[begin : begin + FRAME_BYTES]
        for frame in self._network.carry(Frame(self._elapsed_ms, mulaw)):
            await self._socket.send(self._writer.media(frame.mulaw, frame.timestamp_ms))

    async def _receive(self) -> None:
        with suppress(ConnectionClosedError):
            async for message in self._socket:
                await self._take(message)
        if self._ended_by is None:
            self._ended_by = "the server"
            self._judge_close(self._socket.close_code)
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

    def _judge_close(self, close_code: int | None) -> None:
        if close_code == ABNORMAL_CLOSURE:
            self._warn(BROKEN_PIPE)
        elif close_code not in GOOD_CLOSES:
            self._warn(CLOSE_ERROR)

    def _warn(self, code: int) -> None:
        if code not in self.stream.warnings:
            self.stream.warnings.append(code)

    async def _echo(self, marks: list[str]) -> None:
        for name in marks if self._ended_by is None else ():
            await self._tell(self._writer.mark(name))

    async def _tell(self, text: str) -> None:
        """Send a message that is remembered: everything but audio."""
        self.stream.sent.append(text)
        await self._socket.send(text)

    @property
    def _elapsed_ms(self) -> int:
        """The timestamp of the frame that is being spoken."""
        return self._frames * FRAME_MS

    @property
    def _paced_secs(self) -> float:
        """What the clock should say; on a machine that was held up, what came meanwhile counts."""
        return self.stream.begun_secs + self._elapsed_ms / 1000

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


def _raise_bugs(results: list[BaseException | None]) -> None:
    """What neither the end of the call nor of the socket explains is a mistake in here."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
            raise result
