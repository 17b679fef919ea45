import asyncio
import base64
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from simulator.caller import AgentSilent, CallRecord, Line, LineEnded, place_call
from simulator.stream import Stream as Remembered
from tests.simulator.product import ACCOUNT, CALLER, Product, Stream, listen_only, running_product

WORDS = b"\x10" * 1600
"""200 ms."""


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        running.answer("/voice", running.connect())
        yield running


async def silent(line: Line) -> None:
    """A caller who hangs up at once."""


async def call(product: Product, script: Any = silent) -> CallRecord:
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=script)


def stream_of(record: CallRecord) -> Remembered:
    assert record.stream is not None
    return record.stream


def of_kind(product: Product, event: str) -> list[dict[str, Any]]:
    return [message for message in product.messages if message["event"] == event]


async def test_a_stream_opens_and_ends_in_the_documented_words(product: Product) -> None:
    parameter = '<Parameter name="token" value="t&amp;1"/>'
    product.answer("/voice", product.connect(parameters=parameter))
    record = await call(product)
    sid = stream_of(record).stream_sid
    account, call_sid = ACCOUNT.account_sid, record.call_sid
    assert product.texts[0] == '{"event":"connected","protocol":"Call","version":"1.0.0"}'
    assert product.messages[1] == {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": account,
            "streamSid": sid,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "t&1"},
        },
        "streamSid": sid,
    }
    last = product.messages[-1]
    assert last == {
        "event": "stop",
        "sequenceNumber": last["sequenceNumber"],
        "stop": {"accountSid": account, "callSid": call_sid},
        "streamSid": sid,
    }
    assert [len(some) for some in (sid, call_sid)] == [34, 34]
    assert stream_of(record).sent == [product.texts[0], product.texts[1], product.texts[-1]]


async def test_media_is_20_ms_of_mulaw_in_strings_without_a_gap(product: Product) -> None:
    async def speaks(line: Line) -> None:
        await line.play(WORDS[:-100])

    record = await call(product, speaks)
    media = of_kind(product, "media")
    for place, message in enumerate(media, start=1):
        assert set(message) == {"event", "sequenceNumber", "media", "streamSid"}
        assert set(message["media"]) == {"track", "chunk", "timestamp", "payload"}
        assert message["media"]["track"] == "inbound"
        assert message["media"]["chunk"] == str(place)
        assert message["media"]["timestamp"] == str(20 * place)
        assert len(message["media"]["payload"]) == 216
    audio = b"".join(base64.b64decode(message["media"]["payload"]) for message in media)
    assert audio.strip(b"\xff") == WORDS[:-100]
    assert b"".join(heard.mulaw for heard in stream_of(record).spoken) == WORDS[:-100] + (
        b"\xff" * 100
    )


async def test_the_sequence_counts_every_message_from_the_start(product: Product) -> None:
    async def marks(stream: Stream) -> None:
        await stream.speak(WORDS)
        await stream.mark("a")
        await listen_only(stream)

    async def presses(line: Line) -> None:
        await line.hear_agent(100)
        await line.press("12")
        await line.play(WORDS)

    product.talk = marks
    await call(product, presses)
    numbers = [message["sequenceNumber"] for message in product.messages[1:]]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


async def test_a_frame_is_sent_every_20_ms_and_never_early(product: Product) -> None:
    loop = asyncio.get_running_loop()
    arrivals: list[float] = []

    async def watches(stream: Stream) -> None:
        while True:
            await stream.until("media")
            arrivals.append(loop.time())

    async def speaks(line: Line) -> None:
        await line.play(WORDS * 3)

    product.talk = watches
    record = await call(product, speaks)
    begun = stream_of(record).begun_secs
    for place, at_secs in enumerate(arrivals, start=1):
        assert at_secs >= begun + place * 0.020 - 0.001
    assert len(arrivals) >= 30


async def test_each_key_is_a_message_of_its_own(product: Product) -> None:
    async def presses(line: Line) -> None:
        await line.press("4#")

    record = await call(product, presses)
    assert of_kind(product, "dtmf") == [
        {
            "event": "dtmf",
            "sequenceNumber": message["sequenceNumber"],
            "dtmf": {"track": "inbound_track", "digit": digit},
            "streamSid": stream_of(record).stream_sid,
        }
        for digit, message in zip("4#", of_kind(product, "dtmf"), strict=True)
    ]


async def test_a_mark_comes_back_when_the_audio_was_played(product: Product) -> None:
    loop = asyncio.get_running_loop()
    took: list[float] = []

    async def speaks(stream: Stream) -> None:
        asked = loop.time()
        await stream.speak(WORDS)
        await stream.mark("played")
        echo = await stream.until("mark")
        took.append(loop.time() - asked)
        assert set(echo) == {"event", "sequenceNumber", "streamSid", "mark"}
        assert echo["mark"] == {"name": "played"}
        await stream.mark("at once")
        await stream.until("mark")
        await stream.websocket.close()

    async def stays(line: Line) -> None:
        await line.stay()

    product.talk = speaks
    record = await call(product, stays)
    assert took[0] >= 0.2
    assert [m["mark"]["name"] for m in of_kind(product, "mark")] == ["played", "at once"]
    assert sum(len(heard.mulaw) for heard in stream_of(record).playout.heard) == len(WORDS)


async def test_a_clear_sends_all_marks_back_and_cuts_the_audio(product: Product) -> None:
    async def interrupts(stream: Stream) -> None:
        for name in ("a", "b", "c"):
            await stream.speak(WORDS * 50)
            await stream.mark(name)
        await stream.until("media")
        await stream.until("media")
        await stream.send("clear")
        for _ in range(3):
            await stream.until("mark")
        await stream.websocket.close()

    async def stays(line: Line) -> None:
        await line.stay()

    product.talk = interrupts
    record = await call(product, stays)
    assert [m["mark"]["name"] for m in of_kind(product, "mark")] == ["a", "b", "c"]
    heard = sum(len(heard.mulaw) for heard in stream_of(record).playout.heard)
    assert 0 < heard < len(WORDS * 50)


async def test_what_is_malformed_is_ignored_and_warned_of_once(product: Product) -> None:
    async def stammers(stream: Stream) -> None:
        payload = base64.b64encode(WORDS).decode()
        await stream.send("media", media={"payload": payload}, sequenceNumber="1")
        await stream.send("media", media={"payload": "no base64"})
        await stream.send("media", streamSid="MZ" + "9" * 32, media={"payload": payload})
        await stream.websocket.send_text("hello")
        await stream.websocket.send_bytes(WORDS)
        await stream.websocket.send_bytes(WORDS)
        await stream.mark("end")
        await stream.until("mark")
        await stream.websocket.close()

    async def stays(line: Line) -> None:
        await line.stay()

    product.talk = stammers
    record = await call(product, stays)
    assert record.warnings == [31951, 31950]
    assert stream_of(record).playout.heard == []
    assert stream_of(record).first_audio_ms is None


async def test_the_latency_of_an_answer_is_from_the_last_word_to_the_first_audio(
    product: Product,
) -> None:
    async def answers(stream: Stream) -> None:
        await stream.speak(WORDS)
        said = 0
        while said < len(WORDS):
            media = await stream.until("media")
            said += base64.b64decode(media["media"]["payload"]).count(0x10)
        for _ in range(10):
            await stream.until("media")
        await stream.speak(WORDS)
        await listen_only(stream)

    async def asks(line: Line) -> None:
        await line.listen(settle_secs=0.1)
        await line.play(WORDS)
        await line.listen(settle_secs=0.1)

    product.talk = answers
    record = await call(product, asks)
    assert len(record.latencies_ms) == 1
    assert record.latencies_ms[0] >= 190
    first = stream_of(record).first_audio_ms
    assert first is not None
    assert first >= 0


async def test_listening_ends_only_when_the_agent_has_settled(product: Product) -> None:
    loop = asyncio.get_running_loop()
    spoke: list[float] = []

    async def speaks(stream: Stream) -> None:
        spoke.append(loop.time())
        await stream.speak(WORDS)
        await listen_only(stream)

    async def listens(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        assert loop.time() - spoke[0] >= 0.5

    product.talk = speaks
    await call(product, listens)


async def test_a_machine_that_is_held_up_is_no_pause_of_the_agent(product: Product) -> None:
    async def pauses(stream: Stream) -> None:
        await stream.speak(WORDS)
        await asyncio.sleep(0.3)
        await stream.speak(WORDS)
        await listen_only(stream)

    async def listens(line: Line) -> None:
        await line.hear_agent(0)
        time.sleep(0.6)  # noqa: ASYNC251  this is what holds it up
        await line.listen(settle_secs=0.3)
        heard.append(sum(len(part.mulaw) for part in line.stream.playout.heard))

    heard: list[int] = []
    product.talk = pauses
    await call(product, listens)
    assert heard == [2 * len(WORDS)]


async def test_a_silent_agent_is_not_waited_for_for_ever(product: Product) -> None:
    async def listens(line: Line) -> None:
        await line.listen(within_secs=0.1)

    with pytest.raises(AgentSilent, match=r"waited 0\.1 s"):
        await call(product, listens)


async def test_who_cannot_interrupt_a_silent_agent_does_not_wait_for_ever(
    product: Product,
) -> None:
    async def interrupts(line: Line) -> None:
        await line.hear_agent(500, within_secs=0.1)

    with pytest.raises(AgentSilent):
        await call(product, interrupts)


async def test_who_stays_does_not_stay_for_ever(product: Product) -> None:
    async def stays(line: Line) -> None:
        await line.stay(within_secs=0.1)

    with pytest.raises(AgentSilent):
        await call(product, stays)


async def test_a_caller_in_the_middle_of_a_word_learns_that_the_line_ended(
    product: Product,
) -> None:
    async def leaves(stream: Stream) -> None:
        await stream.until("media")
        await stream.websocket.close()

    seen: list[str] = []

    async def speaks(line: Line) -> None:
        try:
            await line.play(WORDS * 100)
        except LineEnded as ended:
            seen.append(str(ended))
        await line.hang_up()

    product.talk = leaves
    record = await call(product, speaks)
    assert seen == ["the server"]
    assert record.ended_by == "the server"


@pytest.mark.parametrize(("close_code", "warnings"), [(None, [31903]), (1000, []), (1011, [31921])])
async def test_a_server_that_vanishes_or_closes_with_an_error_is_warned_of(
    product: Product, close_code: int | None, warnings: list[int]
) -> None:
    async def leaves(connection: ServerConnection) -> None:
        await connection.recv()
        if close_code is None:
            connection.transport.abort()
        else:
            await connection.close(close_code)

    async def stays(line: Line) -> None:
        await line.stay()

    async with serve(leaves, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        product.answer(
            "/voice", f'<Connect><Stream url="ws://127.0.0.1:{port}/m"/></Connect><Say>Sorry</Say>'
        )
        record = await call(product, stays)
    assert record.warnings == warnings
    assert record.verbs == ["connect", "say:Sorry"]
    assert record.ended_by == "the server"


async def test_a_caller_speaks_words(product: Product) -> None:
    async def speaks(line: Line) -> None:
        await line.say("Hi.")

    record = await call(product, speaks)
    assert sum(len(heard.mulaw) for heard in stream_of(record).spoken) > 800
