import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pytest
from fastapi import WebSocket
from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
from pipecat.frames.frames import (
    FilterControlFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    VolumeFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner
from websockets.asyncio.client import ClientConnection

from telephony import mulaw
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    StreamStoppedFrame,
)
from telephony.handshake import read_start
from telephony.media_stream import MediaStream
from telephony.serializer import MediaStreamSerializer
from telephony.transport import MediaStreamTransport
from tests.telephony.line import open_call
from tests.telephony.messages import CONNECTED, MARK, START, STOP, STREAM, media

KINDS = (
    InputAudioRawFrame,
    MarkFrame,
    OutputAudioRawFrame,
    OutputMarkFrame,
    StreamStoppedFrame,
    TextFrame,
)


class EchoProcessor(FrameProcessor):
    """Keeps what passes and sends the caller's audio back."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: asyncio.Queue[Frame] = asyncio.Queue()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, KINDS):
            self.passed.put_nowait(frame)
        if isinstance(frame, MulawInputFrame):
            await self.push_frame(MulawOutputFrame(frame.payload))
        else:
            await self.push_frame(frame, direction)


@dataclass
class Agent:
    """Our end of a call that echoes."""

    middle: EchoProcessor = field(default_factory=EchoProcessor)
    behind: EchoProcessor = field(default_factory=EchoProcessor)
    stream: MediaStream = field(default_factory=MediaStream)
    ready: asyncio.Future[PipelineWorker] = field(default_factory=asyncio.Future[PipelineWorker])
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    audio_in_filter: BaseAudioFilter | None = None

    async def __call__(self, websocket: WebSocket) -> None:
        await websocket.accept()
        start = await read_start(websocket, self.stream)
        transport = MediaStreamTransport(
            websocket,
            MediaStreamSerializer(self.stream, start.stream_sid),
            audio_in_filter=self.audio_in_filter,
        )
        worker = PipelineWorker(
            Pipeline([transport.input(), self.middle, transport.output(), self.behind]),
            params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )

        @transport.event_handler("on_client_connected")
        async def on_client_connected(transport: BaseTransport, websocket: WebSocket) -> None:
            self.ready.set_result(worker)

        @transport.event_handler("on_client_disconnected")
        async def on_client_disconnected(transport: BaseTransport, websocket: WebSocket) -> None:
            self.hung_up.set()
            await worker.cancel()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()

    async def say(self, *frames: Frame) -> None:
        worker = await self.ready
        for frame in frames:
            await worker.queue_frame(frame)


@asynccontextmanager
async def talking(agent: Agent | None = None) -> AsyncGenerator[tuple[Agent, ClientConnection]]:
    agent = agent or Agent()
    async with asyncio.timeout(30), open_call(agent) as twilio:
        await twilio.send(CONNECTED)
        await twilio.send(START)
        yield agent, twilio


async def heard(twilio: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [json.loads(await twilio.recv()) for _ in range(count)]


def payloads(count: int, size: int) -> list[str]:
    random = Random(7)
    return [base64.b64encode(random.randbytes(size)).decode() for _ in range(count)]


async def test_payloads_pass_both_ways_unchanged_and_in_order() -> None:
    said = payloads(200, 160)
    async with talking() as (agent, twilio):
        for number, payload in enumerate(said, start=2):
            await twilio.send(media(number, payload))
        assert await heard(twilio, 200) == [
            {"event": "media", "streamSid": STREAM, "media": {"payload": payload}}
            for payload in said
        ]
    assert agent.stream.bytes_in == agent.stream.bytes_out == 200 * 160


async def test_nobody_on_the_way_decodes_a_payload() -> None:
    made_anew_it_is_another = "//=="
    assert base64.b64encode(base64.b64decode(made_anew_it_is_another)) == b"/w=="
    async with talking() as (_, twilio):
        await twilio.send(media(2, made_anew_it_is_another))
        (answer,) = await heard(twilio, 1)
        assert answer["media"]["payload"] == made_anew_it_is_another


class LoudFilter(BaseAudioFilter):
    """Gives noise in the place of whatever was said."""

    async def start(self, sample_rate: int) -> None:
        assert sample_rate == 8000

    async def stop(self) -> None:
        pass

    async def process_frame(self, frame: FilterControlFrame) -> None:
        pass

    async def filter(self, audio: bytes) -> bytes:
        return mulaw.decode(b"\x10") * (len(audio) // 2)


async def test_a_filter_of_pipecats_hears_samples_and_changes_them() -> None:
    async with talking(Agent(audio_in_filter=LoudFilter())) as (_, twilio):
        await twilio.send(media(2, base64.b64encode(b"\xff" * 160).decode()))
        (answer,) = await heard(twilio, 1)
    assert base64.b64decode(answer["media"]["payload"]) == b"\x10" * 160


async def test_two_minutes_of_mulaw_are_sent_at_once() -> None:
    said = payloads(600, 1600)
    async with talking() as (agent, twilio):
        began_at = time.monotonic()
        await agent.say(*(MulawOutputFrame(payload) for payload in said))
        answers = await heard(twilio, 600)
        assert time.monotonic() - began_at < 60
    assert [answer["media"]["payload"] for answer in answers] == said


async def test_a_large_delta_is_one_message() -> None:
    (second,) = payloads(1, 8000)
    async with talking() as (agent, twilio):
        await agent.say(MulawOutputFrame(second))
        (answer,) = await heard(twilio, 1)
        assert answer["media"]["payload"] == second


async def test_marks_stay_behind_their_audio() -> None:
    first, second = payloads(2, 160)
    async with talking() as (agent, twilio):
        await agent.say(
            MulawOutputFrame(first),
            OutputMarkFrame(mark="0:a:1"),
            MulawOutputFrame(second),
            OutputMarkFrame(mark="0:a:2"),
        )
        assert [
            message.get("mark", message.get("media")) for message in await heard(twilio, 4)
        ] == [
            {"payload": first},
            {"name": "0:a:1"},
            {"payload": second},
            {"name": "0:a:2"},
        ]


async def test_what_was_sent_goes_on_to_the_stages_behind() -> None:
    async with talking() as (agent, _):
        audio, mark = MulawOutputFrame("//8="), OutputMarkFrame(mark="0:a:1")
        await agent.say(audio, mark)
        assert await agent.behind.passed.get() is audio
        assert await agent.behind.passed.get() is mark


async def test_an_interruption_is_a_clear() -> None:
    async with talking() as (agent, twilio):
        await agent.say(InterruptionFrame())
        assert await heard(twilio, 1) == [{"event": "clear", "streamSid": STREAM}]


async def test_marks_and_stop_of_the_line_become_frames() -> None:
    async with talking() as (agent, twilio):
        await twilio.send(MARK)
        await twilio.send(STOP)
        mark = await agent.middle.passed.get()
        assert isinstance(mark, MarkFrame)
        assert mark.mark == "item_A1:3"
        assert isinstance(await agent.middle.passed.get(), StreamStoppedFrame)
        assert agent.stream.stopped


async def test_nonsense_of_the_line_does_not_end_the_call() -> None:
    async with talking() as (agent, twilio):
        for nonsense in ("hello", b"\xff\xff", "[]", '{"event":"x"}', CONNECTED, START, ""):
            await twilio.send(nonsense)
        await twilio.send(media(2, "//8="))
        (answer,) = await heard(twilio, 1)
        assert answer["media"]["payload"] == "//8="
    assert dict(agent.stream.faults) == {"MalformedMessage": 4, "UnknownEvent": 1, "OutOfOrder": 2}


async def test_pcm_of_a_stock_voice_is_resampled_cut_and_encoded_by_pipecats_own_road() -> None:
    wave = np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000) * 8000
    voice = TTSAudioRawFrame(audio=wave.astype("<i2").tobytes(), sample_rate=24_000, num_channels=1)
    async with talking() as (agent, twilio):
        await agent.say(voice, TTSStoppedFrame())
        answers = await heard(twilio, 40)
    audio = [base64.b64decode(answer["media"]["payload"]) for answer in answers]
    assert {len(piece) for piece in audio} == {160}
    pcm = np.frombuffer(mulaw.decode(b"".join(audio)), dtype="<i2").astype(np.float64)
    assert np.sqrt(np.mean(pcm[800:] ** 2)) == pytest.approx(8000 / np.sqrt(2), rel=0.05)
    periods = np.count_nonzero(np.diff((pcm[800:5600] > 0).astype(np.int8)) > 0)
    assert periods == pytest.approx(440 * 0.6, abs=2)


async def test_what_makes_no_sound_passes_the_line_before_and_after_pcm() -> None:
    voice = TTSAudioRawFrame(audio=bytes(320), sample_rate=8000, num_channels=1)
    before, after = TextFrame("before"), TextFrame("after")
    async with talking() as (agent, _):
        await agent.say(before, voice, after)
        assert await agent.behind.passed.get() is before
        assert isinstance(await agent.behind.passed.get(), TTSAudioRawFrame)
        assert await agent.behind.passed.get() is after


async def test_a_volume_that_is_set_before_any_pcm_holds_for_it() -> None:
    voice = TTSAudioRawFrame(audio=b"\x00\x20" * 160, sample_rate=8000, num_channels=1)
    async with talking() as (agent, twilio):
        await agent.say(VolumeFrame(volume=0.0), voice)
        (silent,) = await heard(twilio, 1)
    assert set(base64.b64decode(silent["media"]["payload"])) == {mulaw.SILENCE}


async def test_pcm_from_a_stage_before_the_line_takes_pipecats_own_road() -> None:
    frame = InputAudioRawFrame(audio=bytes(320), sample_rate=8000, num_channels=1)
    async with talking() as (agent, _):
        await agent.say(frame)
        assert await agent.middle.passed.get() is frame


async def test_a_hang_up_is_told() -> None:
    async with talking() as (agent, twilio):
        await agent.ready
        await twilio.close()
        await agent.hung_up.wait()
