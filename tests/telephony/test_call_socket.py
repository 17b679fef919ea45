import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from fastapi import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed

from telephony import call_socket as under_test
from telephony.call_socket import CallSocket, call_socket
from tests.telephony.cuts import CUTS, close, in_fragments, ping, text, upgrade, write
from tests.telephony.line import open_call, open_line
from tests.telephony.messages import DTMF, MARK, STOP, media

LARGE = media(9, "/" * 80_000)
REFUSED = media(7, "zzzz")
PING = ping(b"are you there?", masked=True)


@dataclass
class Listener:
    """An application that notes what it gets, by which way, in the order in which it came."""

    got: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    slow: bool = False
    socket: CallSocket | None = None

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.socket = call_socket(websocket)
        if self.socket:
            self.socket.taker = self._take
        self.ready.set()
        try:
            while True:
                message = await websocket.receive_text()
                if self.slow:
                    for _ in range(20):
                        await asyncio.sleep(0)
                self.got.append(("road", message))
        except WebSocketDisconnect as end:
            self.got.append(("over", str(end.code)))
        finally:
            self.over.set()

    def _take(self, messages: list[bytes]) -> int:
        for taken, message in enumerate(messages):
            if message.decode() == REFUSED:
                return taken
            self.got.append(("short", message.decode()))
        return len(messages)


@asynccontextmanager
async def raw_call(
    listener: Listener, ws: type[CallSocket] = CallSocket
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(30), open_line(listener, ws) as url:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        await upgrade(reader, writer)
        await listener.ready.wait()
        yield reader, writer
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


TALK = [media(2, "AAAA"), MARK, DTMF, media(3, "BBBB"), media(4, "CCCC"), "hello", media(5, "DDDD"),
        media(6, "EEEE"), REFUSED, media(8, "FFFF"), LARGE, media(10, "GGGG"), STOP]  # fmt: skip


def talk_frames() -> list[bytes]:
    frames = [text(message, masked=True) for message in TALK]
    frames[4] = in_fragments(TALK[4], masked=True)
    frames.insert(7, PING)
    return [*frames, close(masked=True)]


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("cut", CUTS)
async def test_nothing_is_lost_repeated_or_overtaken_however_the_bytes_are_cut(
    cut: str, *, slow: bool
) -> None:
    listener = Listener(slow=slow)
    async with raw_call(listener) as (reader, writer):
        await write(writer, talk_frames(), cut)
        await listener.over.wait()
        answers = await reader.read()
    assert [message for _, message in listener.got] == [*TALK, "1000"]
    assert b"\x8a\x0eare you there?" in answers
    assert answers.endswith(b"\x88\x02\x03\xe8")


async def test_audio_takes_the_short_way_and_everything_else_uvicorns() -> None:
    listener = Listener()
    async with raw_call(listener) as (reader, writer):
        for frame in talk_frames():
            count = len(listener.got)
            writer.write(frame)
            if frame == PING:
                await reader.readuntil(b"there?")
                continue
            while len(listener.got) == count:  # noqa: ASYNC110  the other side has no event
                await asyncio.sleep(0)
        await listener.over.wait()
    short = [message for way, message in listener.got if way == "short"]
    road = [message for way, message in listener.got if way == "road"]
    after_the_ping = TALK[7]
    assert road == [DTMF, TALK[4], "hello", after_the_ping, REFUSED, LARGE, STOP]
    assert short == [message for message in TALK if message not in road]


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        (text("{", masked=False), 1002),
        (b"\xc1" + text(media(2, "AAAA"), masked=True)[1:], 1002),
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"abcd", 1009),
    ],
    ids=["not masked", "compressed without leave", "larger than allowed"],
)
async def test_what_breaks_the_protocol_is_refused_by_the_library(
    nonsense: bytes, code: int
) -> None:
    listener = Listener()
    async with raw_call(listener) as (reader, writer):
        await write(writer, [text(media(2, "AAAA"), masked=True), nonsense], "at once")
        await listener.over.wait()
        answer = await reader.read()
    assert listener.got == [("short", media(2, "AAAA")), ("over", str(code))]
    assert code.to_bytes(2, "big") in answer


async def test_what_is_written_stands_in_one_order_with_what_the_application_sends() -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        socket = call_socket(websocket)
        assert socket is not None
        for number in range(50):
            socket.write_text(f"short {number}")
            await websocket.send_text(f"road {number} " + "x" * (number * 9))
        await websocket.close()
        socket.write_text("after the close")

    got: list[str] = []
    async with open_call(talk, CallSocket) as twilio:
        with suppress(ConnectionClosed):
            while True:
                got.append(str(await twilio.recv()).rstrip("x").strip())
    assert got == [f"{way} {number}" for number in range(50) for way in ("short", "road")]


async def test_a_line_that_reads_nothing_is_given_up_before_it_fills_the_memory() -> None:
    listener = Listener()
    async with raw_call(listener) as (_, writer):
        writer.transport.pause_reading()  # pyright: ignore[reportAttributeAccessIssue]  a read transport too
        socket = listener.socket
        assert socket is not None
        written = 0
        while not listener.over.is_set():
            socket.write_text("x" * 100_000)
            written += 100_000
            await asyncio.sleep(0)
            assert socket.transport.get_write_buffer_size() < 2 * under_test.LARGEST_BACKLOG_BYTES
        assert written > under_test.LARGEST_BACKLOG_BYTES
        assert listener.got == [("over", "1005")]
        assert socket.taker is None


async def test_a_server_of_another_kind_has_no_such_socket() -> None:
    found: list[CallSocket | None] = []

    async def look(websocket: WebSocket) -> None:
        await websocket.accept()
        found.append(call_socket(websocket))

    async with open_call(look) as twilio:
        await twilio.wait_closed()
    assert found == [None]
