"""One caller of many: from the signed webhook to the hang-up, at the pace of a telephone."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable

import httpx

from simulator.call_form import call_form
from simulator.load.pulse import FRAME_MS, PULSE, SILENCE, PulseDetector
from simulator.load.watch import CallWatch
from simulator.load.websocket import FastSocket, open_socket
from simulator.signing import handshake_signature
from simulator.stream import Stream
from simulator.stream_reader import Clear, Mark, MessageIgnored, read_message
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
    """

    def __init__(self, account: Account, from_: str, pulse_every: int, first_pulse: int) -> None:
        """Prepare to call.

        Args:
            account: the account that the number belongs to.
            from_: the caller's number.
            pulse_every: frames from one pulse to the next; 0 for none.
            first_pulse: the frame of the first one.
        """
        self.watch = CallWatch()
        self.first_audio_at: float | None = None
        self.started_at = 0.0
        self._account = account
        self._from = from_
        self._pulse_every, self._first_pulse = pulse_every, first_pulse
        self._call_sid = "CA" + secrets.token_hex(16)
        self._stream_url = ""
        self._stream = Stream("MZ" + secrets.token_hex(16), self._call_sid, account.account_sid, {})
        self._writer = StreamWriter(self._stream)
        self._socket: FastSocket | None = None
        self._detector = PulseDetector()
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
        answer = await webhooks.ask(voice_url, form, "POST")
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
        self._socket = await open_socket(self._stream_url, headers, self._take)
        self._socket.send(CONNECTED)
        self.started_at = self._due = time.monotonic()
        self._socket.send(self._writer.start())
        self._tick()

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
        while self._marks and self._marks[0][0] <= now:
            socket.send(self._writer.mark(self._marks.popleft()[1]))
        socket.send(self._writer.encoded_media(self._payload(now), self._frames * FRAME_MS))
        self._frames += 1
        self._due += FRAME_MS / 1000
        self._ticking = asyncio.get_running_loop().call_at(self._due, self._tick)

    def _payload(self, now: float) -> str:
        if not self._pulse_every or (self._frames - self._first_pulse) % self._pulse_every:
            return SILENCE
        self.watch.spoke(now)
        return PULSE

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
        at = text.find(b'"payload"')
        if at >= 0:
            begin = text.index(b'"', text.index(b":", at)) + 1
            self._hear(text[begin : text.index(b'"', begin)])
            return
        match read_message(text.decode(), self._stream.stream_sid):
            case Mark(name):
                self._marks.append((self._plays_until, name))
            case Clear():
                self._clear()
            case _:
                pass

    def _hear(self, payload: bytes) -> None:
        now = time.monotonic()
        if self.first_audio_at is None:
            self.first_audio_at = now
        size = len(payload) // 4 * 3 - payload.count(b"=")
        self._plays_until = max(now, self._plays_until) + size / 8000
        if self._detector.begins(payload):
            self.watch.caller_heard(now)

    def _clear(self) -> None:
        self._plays_until = 0.0
        self._marks = deque((0.0, name) for _, name in self._marks)
