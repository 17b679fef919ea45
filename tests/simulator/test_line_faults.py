import base64
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest

from simulator.caller import CallRecord, CallScript, Line, place_call
from tests.simulator.product import ACCOUNT, CALLER, Product, Stream, listen_only, running_product

WORDS = b"\x10" * 1600
"""200 ms."""


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        running.answer("/voice", running.connect())
        yield running


async def call(product: Product, script: CallScript) -> CallRecord:
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=script)


def media(product: Product) -> list[dict[str, str]]:
    return [message["media"] for message in product.messages if message["event"] == "media"]


async def test_lost_audio_leaves_a_jump_of_the_timestamps_and_no_gap_in_the_numbers(
    product: Product,
) -> None:
    async def speaks_into_a_gap(line: Line) -> None:
        await line.wait(40)
        line.lose_audio(100)
        await line.play(WORDS)
        await line.wait(40)

    await call(product, speaks_into_a_gap)
    timestamps = [int(frame["timestamp"]) for frame in media(product)]
    steps = [after - before for before, after in pairwise(timestamps)]
    assert sorted(set(steps)) == [20, 120]
    assert steps.count(120) == 1
    assert [frame["chunk"] for frame in media(product)] == [
        str(n) for n in range(1, len(timestamps) + 1)
    ]
    numbers = [message["sequenceNumber"] for message in product.messages[1:]]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    heard = b"".join(base64.b64decode(frame["payload"]) for frame in media(product))
    assert heard.count(0x10) == len(WORDS) - 100 * 8


async def test_audio_that_is_held_back_comes_whole(product: Product) -> None:
    async def bursts(line: Line) -> None:
        line.hold_audio(100)
        await line.play(WORDS)
        await line.wait(60)

    await call(product, bursts)
    timestamps = [int(frame["timestamp"]) for frame in media(product)]
    assert timestamps == [20 * n for n in range(1, len(timestamps) + 1)]
    heard = b"".join(base64.b64decode(frame["payload"]) for frame in media(product))
    assert heard.count(0x10) == len(WORDS)


async def test_a_line_hisses_where_the_caller_is_silent(product: Product) -> None:
    async def hisses(line: Line) -> None:
        line.hiss(200.0)
        await line.wait(100)
        await line.play(WORDS)

    await call(product, hisses)
    heard = b"".join(base64.b64decode(frame["payload"]) for frame in media(product))
    assert WORDS in heard
    assert len(set(heard)) > 20


async def test_only_audio_after_the_answer_ends_the_listening(product: Product) -> None:
    async def greets_twice(stream: Stream) -> None:
        await stream.speak(WORDS)
        await stream.until("dtmf")
        await stream.speak(WORDS)
        await listen_only(stream)

    heard: list[int] = []

    async def waits_for_the_second(line: Line) -> None:
        await line.listen(settle_secs=0.1)
        await line.press("1")
        await line.listen(settle_secs=0.1, answered_secs=line.stream.begun_secs)
        heard.append(sum(len(part.mulaw) for part in line.stream.playout.heard))

    product.talk = greets_twice
    await call(product, waits_for_the_second)
    assert heard == [2 * len(WORDS)]
