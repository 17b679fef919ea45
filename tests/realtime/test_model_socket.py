import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from realtime import model_socket as under_test
from realtime.model_socket import ModelConnection
from tests.telephony.cuts import CUTS, close, in_fragments, ping, text, write

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def delta(payload: str) -> str:
    return f'{{"type":"response.output_audio.delta","delta":"{payload}"}}'


REFUSED = delta("zzzz")
DONE = '{"type":"response.done"}'
LONG = delta("/" * 70_000)
TALK = [delta("AAAA"), DONE, delta("BBBB"), delta("CCCC"), delta("DDDD"), REFUSED, delta("EEEE"),
        LONG, '{"type":"response.created"}', delta("FFFF"), "{}"]  # fmt: skip


def talk_frames() -> list[bytes]:
    frames = [text(message, masked=False) for message in TALK]
    frames[3] = in_fragments(TALK[3], masked=False)
    frames.insert(5, ping(b"are you there?", masked=False))
    return [*frames, close(masked=False)]


@dataclass
class Model:
    """A server of raw bytes."""

    ready: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    cut: str = "at once"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
        accept = base64.b64encode(hashlib.sha1(key.split()[1] + GUID).digest()).decode()  # noqa: S324  RFC 6455
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        await self.ready.wait()
        with suppress(OSError):
            await write(writer, talk_frames(), self.cut)
            writer.write_eof()
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.over.set()


@asynccontextmanager
async def raw_model(model: Model) -> AsyncGenerator[ModelConnection]:
    async with asyncio.timeout(30), await asyncio.start_server(model, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"ws://127.0.0.1:{port}"
        async with connect(url, create_connection=ModelConnection, compression=None) as connection:
            assert isinstance(connection, ModelConnection)
            yield connection
        await model.over.wait()


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("cut", CUTS)
async def test_nothing_is_lost_repeated_or_overtaken_however_the_bytes_are_cut(
    cut: str, *, slow: bool
) -> None:
    got: list[tuple[str, str]] = []

    def take(messages: list[bytes]) -> int:
        for taken, message in enumerate(messages):
            if message.decode() == REFUSED:
                return taken
            got.append(("short", message.decode()))
        return len(messages)

    model = Model(cut=cut)
    async with raw_model(model) as connection:
        connection.taker = take
        model.ready.set()
        async for message in connection:
            for _ in range(20 if slow else 0):
                await asyncio.sleep(0)
            got.append(("road", str(message)))
    assert [message for _, message in got] == TALK
    assert all(way == "road" for way, message in got if "delta" not in message)
    if cut == "at once":
        assert got[0] == ("short", TALK[0])
        assert {way for way, _ in got[1:]} == {"road"}
    assert connection.close_code == 1000
    assert connection.taker is None


async def test_each_event_by_itself_takes_the_way_that_it_should() -> None:
    got: list[tuple[str, str]] = []
    arrived = asyncio.Event()

    def note(way: str, *messages: str) -> int:
        got.extend((way, message) for message in messages)
        arrived.set()
        return len(messages)

    async def serve_one(connection: ServerConnection) -> None:
        await connection.recv()
        for message in (delta("AAAA"), DONE, LONG, delta("BBBB")):
            arrived.clear()
            await connection.send(message)
            await arrived.wait()

    async with serve(serve_one, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(
            f"ws://127.0.0.1:{port}",
            create_connection=ModelConnection,
            compression=None,
            max_size=None,
        ) as connection:
            assert isinstance(connection, ModelConnection)
            connection.taker = lambda messages: note("short", *map(bytes.decode, messages))
            await connection.send("ready")
            async for message in connection:
                note("road", str(message))
    assert [message for _, message in got] == [delta("AAAA"), DONE, LONG, delta("BBBB")]
    assert (got[0][0], got[1][0], got[3][0]) == ("short", "road", "short")


async def test_what_is_written_stands_in_one_order_with_what_the_library_sends() -> None:
    got: list[str] = []
    over = asyncio.Event()

    async def listen(connection: ServerConnection) -> None:
        got.extend([str(message) async for message in connection])
        over.set()

    async with serve(listen, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await connect(f"ws://127.0.0.1:{port}", create_connection=ModelConnection)
        assert isinstance(connection, ModelConnection)
        for number in range(50):
            connection.write_text(json.dumps({"short": number, "pad": "x" * number * 40}))
            await connection.send(json.dumps({"road": number}))
        await connection.close()
        connection.write_text("after the close")
        await over.wait()
    assert [next(iter(json.loads(message).items())) for message in got] == [
        (way, number) for number in range(50) for way in ("short", "road")
    ]


async def test_a_model_that_reads_nothing_is_given_up_before_it_fills_the_memory() -> None:
    model = Model()
    async with raw_model(model) as connection:
        written = 0
        while not connection.transport.is_closing():
            connection.write_text("x" * 50_000)
            written += 50_000
            size = connection.transport.get_write_buffer_size()
            assert size < 2 * under_test.LARGEST_BACKLOG_BYTES
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert written > under_test.LARGEST_BACKLOG_BYTES
        model.ready.set()
