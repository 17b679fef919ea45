import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from fastapi import WebSocket
from websockets.asyncio.client import ClientConnection

from telephony.handshake import START_SECS, NoStart, read_start
from telephony.media_stream import Media, MediaStream, Start
from tests.telephony.line import SkippingLoop, open_call, skip
from tests.telephony.messages import (
    CALL,
    CONNECTED,
    MEDIA,
    START,
    STREAM,
    changed,
)


@dataclass
class Handshake:
    """Our end of a socket: reads the start, and what comes next if the test wants it."""

    stream: MediaStream = field(default_factory=MediaStream)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    start: Start | None = None
    refusal: str = ""
    next_text: str = ""

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.waiting.set()
        try:
            self.start = await read_start(websocket, self.stream)
        except NoStart as error:
            self.refusal = str(error)
        else:
            self.next_text = await websocket.receive_text()


async def shake_hands(*messages: str | bytes) -> Handshake:
    """The handshake after Twilio has sent these messages."""
    handshake = Handshake()
    async with open_call(handshake) as twilio:
        for message in messages:
            await twilio.send(message)
        if messages:
            await twilio.wait_closed()
    return handshake


async def test_connected_and_start_are_read_and_the_rest_is_left(log_lines: list[str]) -> None:
    handshake = await shake_hands(CONNECTED, START, MEDIA)
    assert handshake.start is not None
    assert (handshake.start.stream_sid, handshake.start.call_sid) == (STREAM, CALL)
    assert handshake.start is handshake.stream.start
    assert handshake.next_text == MEDIA
    assert isinstance(handshake.stream.receive(handshake.next_text), Media)
    assert log_lines == ["INFO Stream connected: protocol Call, version 1.0.0"]


async def test_nonsense_before_start_is_survived_and_each_kind_logged_once(
    log_lines: list[str],
) -> None:
    handshake = await shake_hands(
        "hello", MEDIA, CONNECTED, CONNECTED, "hello", MEDIA, '{"event":"x"}', START, MEDIA
    )
    assert handshake.start is not None
    assert dict(handshake.stream.faults) == {
        "MalformedMessage": 2,
        "OutOfOrder": 3,
        "UnknownEvent": 1,
    }
    prefix = "WARNING Media stream broke its protocol before start: "
    assert [line.removeprefix(prefix) for line in log_lines if line.startswith(prefix)] == [
        "MalformedMessage (not JSON)",
        "OutOfOrder (media while the stream is new)",
        "UnknownEvent (an event that Media Streams does not have)",
    ]


async def test_a_socket_that_closes_early_is_no_start() -> None:
    handshake = await shake_hands()
    assert handshake.refusal == "the socket closed, or sent binary, before start"


async def test_a_socket_that_closes_after_connected_is_no_start() -> None:
    handshake = Handshake()
    async with open_call(handshake) as twilio:
        await twilio.send(CONNECTED)
    assert handshake.refusal == "the socket closed, or sent binary, before start"


async def test_a_binary_frame_is_no_start() -> None:
    handshake = await shake_hands(CONNECTED, START.encode())
    assert handshake.refusal == "the socket closed, or sent binary, before start"


async def test_audio_that_is_not_mulaw_is_no_start() -> None:
    linear = changed(START, "start", "mediaFormat", "encoding", to="audio/l16")
    handshake = await shake_hands(CONNECTED, linear)
    assert handshake.refusal.startswith("mediaFormat is not {'encoding': 'audio/x-mulaw'")
    assert dict(handshake.stream.faults) == {"UnsupportedFormat": 1}


def in_a_loop_that_skips(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await test()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        runner.run(run())


@pytest.mark.parametrize("messages", [[], [CONNECTED], [CONNECTED, "hello", MEDIA]])
def test_whoever_does_not_start_within_five_seconds_is_refused(messages: list[str]) -> None:
    async def silence() -> None:
        handshake = Handshake()
        async with open_call(handshake) as twilio:
            await handshake.waiting.wait()
            for message in messages:
                await twilio.send(message)
            skip(START_SECS)
            await twilio.wait_closed()
        assert handshake.refusal == "no start within 5 seconds"

    in_a_loop_that_skips(silence)


def test_a_start_in_the_fourth_second_is_in_time() -> None:
    async def hesitation() -> None:
        handshake = Handshake()
        async with open_call(handshake) as twilio:
            await handshake.waiting.wait()
            skip(START_SECS - 1)
            await start_and_talk(twilio)
        assert handshake.start is not None

    async def start_and_talk(twilio: ClientConnection) -> None:
        for message in (CONNECTED, START, MEDIA):
            await twilio.send(message)
        await twilio.wait_closed()

    in_a_loop_that_skips(hesitation)
