"""Bytes that no client sends: whoever sends them is cut off, and the phone works as before."""

import asyncio
import base64
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from simulator.realtime import RealtimeSimulator
from telephony.call_socket import CallSocket
from telephony.patience import PatientHttp
from tests.e2e.product import Answers, Product, running_product
from tests.e2e.ringing import FORM, ring, signed
from tests.e2e.test_strangers import calls_on_record

PATIENCE_SECS = 20.0
KEY = base64.b64encode(b"0" * 16).decode()
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: spa.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
)

GARBAGE = {
    "nothing": b"",
    "zeros": bytes(4096),
    "noise": bytes(range(256)) * 64,
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64),
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "SIP": b"INVITE sip:spa@example.com SIP/2.0\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a version of its own": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a blank in a name": b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "a zero in a header": b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
    "a length that is none": b"POST /voice HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "two lengths": (
        b"POST /voice HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
    ),
    "length and chunks": (
        b"POST /voice HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n"
    ),
    "a chunk of no length": (
        b"POST /voice HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    ),
    "a long address": b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 400_000 + b"\r\n",
}

WS = "Sec-WebSocket-Version: 13\r\n"
UPGRADES = {
    "no key": f"{WS}\r\n",
    "a short key": f"{WS}Sec-WebSocket-Key: YQ==\r\n\r\n",
    "two keys": f"{WS}Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
    "an old version": f"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
    "no version": f"Sec-WebSocket-Key: {KEY}\r\n\r\n",
    "a body": f"{WS}Sec-WebSocket-Key: {KEY}\r\nContent-Length: 5\r\n\r\nhello",
    "frames before the answer": f"{WS}Sec-WebSocket-Key: {KEY}\r\n\r\n\u0081\u0081",
    "no signature": f"{WS}Sec-WebSocket-Key: {KEY}\r\n\r\n",
}


class HastyHttp(PatientHttp):
    request_secs = 0.5


class HastySocket(CallSocket):
    goodbye_secs = 0.5


@dataclass
class Raw:
    """One TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def end(self) -> bytes:
        """All that comes until the other side closes."""
        answer = b""
        async with asyncio.timeout(PATIENCE_SECS):
            with suppress(ConnectionError):
                while part := await self.reader.read(65536):
                    answer += part
        self.writer.close()
        return answer


async def connected(product: Product) -> Raw:
    where = urlsplit(product.origin)
    return Raw(*await asyncio.open_connection(where.hostname, where.port))


@pytest.fixture
async def model() -> AsyncGenerator[RealtimeSimulator]:
    async with RealtimeSimulator(Answers) as model:
        yield model


@pytest.fixture
async def product(model: RealtimeSimulator, tmp_path: Path) -> AsyncGenerator[Product]:
    hasty = {"http": HastyHttp, "ws": HastySocket}
    async with running_product(
        model.url, tmp_path, protocols=hasty, max_calls_per_caller=0
    ) as product:
        yield product


async def answers(product: Product, data: dict[str, bytes]) -> dict[str, bytes]:
    """What comes back on connections of their own, all at once, until they are closed."""

    async def answer(sent: bytes) -> bytes:
        raw = await connected(product)
        await raw.send(sent)
        return await raw.end()

    return dict(zip(data, await asyncio.gather(*map(answer, data.values())), strict=True))


async def test_garbage_is_cut_off_and_costs_nothing(
    product: Product, model: RealtimeSimulator
) -> None:
    for name, answer in (await answers(product, GARBAGE)).items():
        assert b"Traceback" not in answer, name
    assert model.sessions == []
    assert await calls_on_record(product) == 0
    assert (await ring(product)).stream_url


async def test_no_half_upgrade_becomes_a_socket(product: Product, model: RealtimeSimulator) -> None:
    halves = {
        f"{name} at {path}": (UPGRADE.format(path=path) + rest).encode("latin-1")
        for path in ("/media-stream/x", "/media-stream/", "/voice", "/")
        for name, rest in UPGRADES.items()
    }
    for name, answer in (await answers(product, halves)).items():
        assert b" 101 " not in answer, name
        assert b"Traceback" not in answer, name
    assert model.sessions == []


async def test_who_sends_a_byte_now_and_then_is_not_waited_for(product: Product) -> None:
    slow = [await connected(product) for _ in range(30)]

    async def trickle(raw: Raw) -> None:
        for byte in b"POST /voice HTTP/1.1\r\nHost: spa.example.com\r\nX-Slow: " + b"a" * 10_000:
            if raw.reader.at_eof() or raw.writer.is_closing():
                return
            await raw.send(bytes([byte]))
            await asyncio.sleep(0.02)

    trickles = [asyncio.create_task(trickle(raw)) for raw in slow]
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{product.origin}/health")).status_code == 200
    for raw in slow:
        assert b"200" not in await raw.end()
    await asyncio.gather(*trickles)


async def test_who_never_sends_the_body_is_not_waited_for(product: Product) -> None:
    raw = await connected(product)
    await raw.send(
        b"POST /voice HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nCallSid=CA1"
    )
    assert b"200 OK" not in await raw.end()


FRAMES = {
    "an unmasked frame": b"\x81\x05hello",
    "a reserved bit": b"\xf1\x80" + bytes(4),
    "a reserved opcode": b"\x83\x80" + bytes(4),
    "a long ping": b"\x89\xfe\xff\xff" + bytes(4),
    "text that is none": b"\x81\x82" + bytes(4) + b"\xc3\x28",
    "a length of exabytes": b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4),
    "a continuation of nothing": b"\x80\x80" + bytes(4),
    "noise": os.urandom(4096),
}


async def test_a_broken_frame_or_none_ends_the_socket_and_no_other(product: Product) -> None:
    async def say(number: int, data: bytes) -> None:
        url = (await ring(product, FORM | {"CallSid": f"CA{number:032x}"})).stream_url
        signature = signed(url)["X-Twilio-Signature"]
        raw = await connected(product)
        head = UPGRADE.format(path=urlsplit(url).path)
        key = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
        await raw.send(f"{head}{key}X-Twilio-Signature: {signature}\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE_SECS):
            assert b" 101 " in await raw.reader.readline()
        await raw.send(data)
        await raw.end()

    # All at once: whoever says nothing is waited for.
    await asyncio.gather(*(say(*one) for one in enumerate((*FRAMES.values(), b""))))
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{product.origin}/health")).status_code == 200
