"""One caller of many: from the signed webhook to the hang-up, at the pace of a telephone."""

import asyncio
import math
import secrets
import time
from collections import deque
from collections.abc import Callable

import httpx

from simulator.call_form import call_form
from simulator.load.pulse import FRAME_MS, PULSE, SILENCE, PulseDetector
from simulator.load.speech import Speech
from simulator.load.watch import CallWatch
from simulator.load.websocket import FastSocket, open_socket
from simulator.signing import handshake_signature
from simulator.stream import Stream
from simulator.stream_reader import Clear, MessageIgnored, read_message
from simulator.stream_writer import CONNECTED, StreamWriter
from simulator.twiml_reader import TwimlError, read_twiml
from simulator.verbs import Connect
from simulator.webhooks import Account, Webhooks

CLOSE_SECS = 5.0


class PacedCaller:
    """Speaks silence with a pulse in it now and then, and plays what comes as Twilio does.

    Attributes:
        watch: what was measured.
        first_audio_at: when the first audio came, by the monotonic clock; None before that.
        started_at: when `start` was sent.
        webhook_ms: how long the webhook took.
        socket_ms: how long the stream's socket took to open.
    """

    def __init__(self, account: Account, from_: str, speech: Speech, *, pace: float = 1.0) -> None:
        """Prepare to call.

        Args:
            account: the account that the number belongs to.
            from_: the caller's number.
            speech: what is said.
            pace: how many times faster than life to speak and to play.
        """
        self.watch = CallWatch()
        self.first_audio_at: float | None = None
        self.started_at = 0.0
        self.webhook_ms = self.socket_ms = 0.0
        self._account = account
        self._from = from_
        self._speech = speech
        self._pace = pace
        self._call_sid = "CA" + secrets.token_hex(16)
        self._stream_url = ""
        self._stream = Stream("MZ" + secrets.token_hex(16), self._call_sid, account.account_sid, {})
        self._writer = StreamWriter(self._stream)
        self._socket: FastSocket | None = None
        self._detector = PulseDetector()
        self._heard = asyncio.Event()
        self._frames = 0
        self._due = 0.0
        self._plays_until = 0.0
        self._marks: deque[tuple[float, str]] = deque()
        self._ticking: asyncio.TimerHandle | None = None
        self._read: Callable[[bytes], None] = self._read_first

    async def ring(self, http: httpx.AsyncClient, voice_url: str) -> None:
        """Ask the voice webhook what to do.

        Raises:
            TwimlError: it did not answer with a stream.
        """
        webhooks = Webhooks(http, self._account, "good", self._call_sid)
        form = call_form(self._account, self._call_sid, self._from, "ringing", None)
        asked_at = time.monotonic()
        answer = await webhooks.ask(voice_url, form, "POST")
        self.webhook_ms = (time.monotonic() - asked_at) * 1000
        for verb in read_twiml(answer.text, answer.headers.get("content-type", "")):
            if isinstance(verb, Connect):
                self._stream_url = verb.stream_url
                self._stream.parameters |= verb.parameters
                return
        raise TwimlError(12100, "the answer has no <Connect><Stream>")

    async def pick_up(self) -> None:
        """Open the stream, and begin to speak.

        Raises:
            SocketRefused, OSError: the server did not take it.
        """
        signature = handshake_signature(self._account.auth_token, self._stream_url)
        headers = {"X-Twilio-Signature": signature}
        asked_at = time.monotonic()
        self._socket = await open_socket(self._stream_url, headers, self._take)
        self.socket_ms = (time.monotonic() - asked_at) * 1000
        self._socket.send(CONNECTED)
        self.started_at = self._due = time.monotonic()
        self._socket.send(self._writer.start())
        self._tick()

    async def hears_something(self, within_secs: float) -> float:
        """Wait for the first audio; gives the milliseconds from `start` to it.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(within_secs):
            await self._heard.wait()
        return self.first_word_ms

    @property
    def first_word_ms(self) -> float:
        """From `start` to the first audio; NaN while there was none."""
        at = self.first_audio_at
        return math.nan if at is None else (at - self.started_at) * 1000

    async def hang_up(self) -> None:
        """End the call, and see that the socket is gone."""
        if self._ticking is not None:
            self._ticking.cancel()
        if self._socket is None or self._socket.closed.is_set():
            return
        self._socket.send(self._writer.stop())
        self._socket.close()
        try:
            await asyncio.wait_for(self._socket.closed.wait(), CLOSE_SECS)
        except TimeoutError:
            self._socket.abort()

    def _tick(self) -> None:
        """Send a frame and the marks that are due, and wait for the next."""
        socket = self._socket
        if socket is None or socket.closed.is_set():
            self.watch.dropped = True
            return
        now = time.monotonic()
        self.watch.late_ms.append((now - self._due) * 1000)
        payload = self._speech.payload(self._frames)
        if payload is PULSE:
            # A server may drop what comes before it has a model: that would be counted as lost.
            if self.first_audio_at is None:
                payload = SILENCE
            else:
                self.watch.spoke(now)
        texts: list[str] = []
        while self._marks and self._marks[0][0] <= now:
            texts.append(self._writer.mark(self._marks.popleft()[1]))
        texts.append(self._writer.encoded_media(payload, self._frames * FRAME_MS))
        socket.send(*texts)
        self._frames += 1
        self._due += FRAME_MS / 1000 / self._pace
        self._ticking = asyncio.get_running_loop().call_at(self._due, self._tick)

    def _take(self, text: bytes) -> None:
        try:
            self._read(text)
        except MessageIgnored:
            self.watch.faults += 1

    def _read_first(self, text: bytes) -> None:
        """Read the first message as strictly as Twilio; from then on look only for its audio."""
        self._read = self._read_next
        read_message(text.decode(), self._stream.stream_sid)
        self._read_next(text)

    def _read_next(self, text: bytes) -> None:
        if b'"payload"' in text:
            self._hear(_value(text, b'"payload"'))
        elif b'"name"' in text:
            self._marks.append((self._plays_until, _value(text, b'"name"').decode()))
        elif isinstance(read_message(text.decode(), self._stream.stream_sid), Clear):
            self._clear()

    def _hear(self, payload: bytes) -> None:
        now = time.monotonic()
        if self.first_audio_at is None:
            self.first_audio_at = now
            self._heard.set()
        size = len(payload) // 4 * 3 - payload.count(b"=")
        self._plays_until = max(now, self._plays_until) + size / 8000 / self._pace
        if self._detector.begins(payload):
            self.watch.caller_heard(now)

    def _clear(self) -> None:
        self.watch.cleared(time.monotonic())
        self._plays_until = 0.0
        self._marks = deque((0.0, name) for _, name in self._marks)


def _value(text: bytes, name: bytes) -> bytes:
    """The text that belongs to a name in JSON, without parsing the whole."""
    begin = text.index(b'"', text.index(b":", text.index(name))) + 1
    return text[begin : text.index(b'"', begin)]
