"""The line misbehaves only as it is told to."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from simulator.caller import CallRecord, Line, place_call
from simulator.faulty_line import FaultyLine
from tests.simulator.product import ACCOUNT, CALLER, Product, Stream, listen_only, running_product

WORDS = b"\x10" * 1600
"""200 ms."""

Act = Callable[[FaultyLine], Awaitable[None]]


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        running.answer("/voice", running.connect())
        yield running


async def call(product: Product, act: Act, **faults: Any) -> CallRecord:
    async def script(line: Line) -> None:
        assert isinstance(line, FaultyLine)
        await act(line)

    line = partial(FaultyLine, **faults)
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=script, line=line)


async def wait(line: FaultyLine) -> None:
    await line.wait(60)


def events(product: Product) -> list[str]:
    return [message["event"] for message in product.messages]


async def test_without_a_fault_it_is_a_line(product: Product) -> None:
    await call(product, wait)
    assert events(product)[:3] == ["connected", "start", "media"]


@pytest.mark.parametrize(
    ("opening", "first"),
    [
        ("media first", ["connected", "media", "start"]),
        ("start twice", ["connected", "start", "start"]),
        ("no start", ["connected", "media", "media"]),
    ],
)
async def test_a_stream_may_begin_in_any_way(
    product: Product, opening: str, first: list[str]
) -> None:
    await call(product, wait, opening=opening)
    assert events(product)[:3] == first


async def test_anything_can_be_sent(product: Product) -> None:
    async def send(line: FaultyLine) -> None:
        await line.send_raw('{"event":"nonsense"}')
        await line.send_media("abc")
        await line.send_media("abcd", "MZ" + "9" * 32)
        await line.wait(40)

    await call(product, send)
    payloads = [m["media"]["payload"] for m in product.messages if m["event"] == "media"]
    sids = {m["streamSid"] for m in product.messages if m["event"] == "media"}
    assert "nonsense" in events(product)
    assert {"abc", "abcd"} < set(payloads)
    assert "MZ" + "9" * 32 in sids


async def test_the_numbers_may_jump(product: Product) -> None:
    async def jump(line: FaultyLine) -> None:
        line.renumber(100)
        await line.wait(40)

    await call(product, jump)
    numbers = [int(m["sequenceNumber"]) for m in product.messages if m["event"] == "media"]
    assert max(numbers) > 100


async def marks(stream: Stream) -> None:
    for name in ("a", "b"):
        await stream.speak(WORDS)
        await stream.mark(name)
    await listen_only(stream)


@pytest.mark.parametrize(("kind", "echoed"), [("never", []), ("backwards", ["b", "a"])])
async def test_marks_may_be_lost_or_come_in_the_wrong_order(
    product: Product, kind: str, echoed: list[str]
) -> None:
    async def hear(line: FaultyLine) -> None:
        await line.wait(800)

    product.talk = marks
    await call(product, hear, marks=kind)
    assert [m["mark"]["name"] for m in product.messages if m["event"] == "mark"] == echoed


@pytest.mark.parametrize("half", [True, False])
async def test_a_connection_that_is_lost_is_not_the_caller_hanging_up(
    product: Product, half: bool
) -> None:
    async def break_off(line: FaultyLine) -> None:
        await line.break_off(half=half)

    record = await call(product, break_off)
    assert record.ended_by == "the network"
    assert "stop" not in events(product)


async def test_what_is_not_read_waits(product: Product) -> None:
    heard: list[int] = []

    async def read_late(line: FaultyLine) -> None:
        line.stop_reading()
        await line.wait(300)
        heard.append(len(line.stream.received))
        line.read_on()
        await line.wait(100)
        heard.append(len(line.stream.received))

    product.talk = marks
    await call(product, read_late)
    assert heard[0] < heard[1]
