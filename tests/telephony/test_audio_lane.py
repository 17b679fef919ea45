import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import Frame
from pipecat.pipeline.parallel_pipeline import ParallelPipeline
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.turns.user_mute import AlwaysUserMuteStrategy
from pipecat.turns.user_start import ExternalUserTurnStartStrategy
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from telephony.audio_lane import LaneStage
from telephony.call_socket import CallSocket
from telephony.frames import MarkFrame, MulawInputFrame
from telephony.text_frames import text_frame
from tests.telephony.laned import EchoCall, EchoStage, Stages, echoing, plain
from tests.telephony.messages import DTMF, MARK, STREAM, media

SAID = ["AAAA", "BBBB", "CCCC", "DDDD"]


class QuietStage(LaneStage):
    """Has nothing to do with audio."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


async def talk(call: EchoCall, ws: type[WebSocketsSansIOProtocol] = CallSocket) -> EchoStage:
    """Say something and hear it back."""
    async with echoing(call, ws) as twilio:
        for number, payload in enumerate(SAID, start=2):
            await twilio.send(media(number, payload))
        heard = [json.loads(await twilio.recv()) for _ in SAID]
    assert heard == [
        {"event": "media", "streamSid": STREAM, "media": {"payload": payload}} for payload in SAID
    ]
    assert call.stream.bytes_in == call.stream.bytes_out == 3 * len(SAID)
    return call.echo


def way(echo: EchoStage) -> str:
    by_lane = [frame for frame in echo.by_lane if isinstance(frame, MulawInputFrame)]
    assert {len(by_lane), len(echo.by_road)} == {0, len(SAID)}
    return "lane" if by_lane else "road"


def aggregators(**params: Any) -> Stages:
    def stages(transport: BaseTransport, echo: FrameProcessor) -> Sequence[FrameProcessor]:
        user, assistant = LLMContextAggregatorPair(
            LLMContext(), user_params=LLMUserAggregatorParams(**params)
        )
        return [transport.input(), user, echo, transport.output(), assistant]

    return stages


def external() -> UserTurnStrategies:
    return UserTurnStrategies(
        start=[ExternalUserTurnStartStrategy()],
        stop=[ExternalUserTurnStopStrategy(wait_for_transcript=False)],
    )


OPEN: dict[str, Stages] = {
    "nothing else": plain,
    "stages without an ear for audio": lambda line, echo: [
        line.input(), QuietStage(), echo, QuietStage(), line.output(), QuietStage(),
    ],
    "Pipecat's aggregators, turns decided elsewhere": aggregators(user_turn_strategies=external()),
    "a pipeline in the pipeline": lambda line, echo: [
        line.input(), Pipeline([QuietStage(), echo]), line.output(),
    ],
}  # fmt: skip

CLOSED: dict[str, Stages] = {
    "a stock stage before": lambda line, echo: [
        line.input(), IdentityFilter(), echo, line.output(),
    ],
    "a stock stage between": lambda line, echo: [
        line.input(), echo, IdentityFilter(), line.output(),
    ],
    "a stock stage behind the output": lambda line, echo: [
        line.input(), echo, line.output(), IdentityFilter(),
    ],
    "a stock stage in a pipeline in the pipeline": lambda line, echo: [
        line.input(), Pipeline([IdentityFilter()]), echo, line.output(),
    ],
    "branches": lambda line, echo: [
        line.input(), ParallelPipeline([echo], [QuietStage()]), line.output(),
    ],
    "an aggregator with a VAD": aggregators(
        user_turn_strategies=external(), vad_analyzer=SileroVADAnalyzer()
    ),
    "an aggregator that may mute": aggregators(
        user_turn_strategies=external(), user_mute_strategies=[AlwaysUserMuteStrategy()]
    ),
}  # fmt: skip


async def test_audio_in_another_form_is_understood_while_the_lane_is_open() -> None:
    heard: list[str] = []
    call = EchoCall()
    async with echoing(call, CallSocket) as twilio:
        for number, payload in enumerate(SAID, start=2):
            message = media(number, payload)
            await twilio.send(message if number % 2 else message[:-1] + ',"more":{}}')
            heard.append(json.loads(await twilio.recv())["media"]["payload"])
    assert heard == SAID
    assert call.echo.by_lane


async def test_audio_takes_the_road_where_no_output_says_that_all_have_started() -> None:
    call = EchoCall(lambda line, echo: [line.input(), echo])
    async with echoing(call, CallSocket) as twilio, asyncio.timeout(10):
        for number, payload in enumerate(SAID, start=2):
            await twilio.send(media(number, payload))
        while len(call.echo.by_road) < len(SAID):  # noqa: ASYNC110  a stage has no event
            await asyncio.sleep(0.01)
    assert way(call.echo) == "road"


@pytest.mark.parametrize("stages", OPEN.values(), ids=OPEN)
async def test_audio_takes_the_lane_when_every_stage_knows_it(stages: Stages) -> None:
    assert way(await talk(EchoCall(stages))) == "lane"


@pytest.mark.parametrize("stages", CLOSED.values(), ids=CLOSED)
async def test_a_stage_that_does_not_know_the_lane_gets_every_frame(stages: Stages) -> None:
    assert way(await talk(EchoCall(stages))) == "road"


async def test_without_its_sockets_the_lane_is_closed() -> None:
    assert way(await talk(EchoCall(), WebSocketsSansIOProtocol)) == "road"


async def test_marks_take_the_lane_and_keys_do_not_hold_audio_up() -> None:
    call = EchoCall()
    async with echoing(call) as twilio:
        for message in (media(2, "AAAA"), DTMF, MARK, media(3, "BBBB")):
            await twilio.send(message)
        heard = [json.loads(await twilio.recv())["media"]["payload"] for _ in range(2)]
    kinds = [type(frame) for frame in call.echo.by_lane]
    assert heard == ["AAAA", "BBBB"]
    assert kinds == [MulawInputFrame, MarkFrame, MulawInputFrame]


def at(timestamp_ms: int, mulaw: bytes) -> str:
    text = media(2 + timestamp_ms // 20, base64.b64encode(mulaw).decode())
    return text.replace('"timestamp":"5"', f'"timestamp":"{timestamp_ms}"')


async def test_what_the_loop_was_late_for_goes_on_as_one_piece() -> None:
    spoken = [bytes([number]) * 160 for number in range(6)]
    call = EchoCall()
    async with echoing(call) as twilio:
        await twilio.send(at(0, spoken[0]))
        await twilio.recv()  # the lane is open, and the call has nothing else to do
        late = [text_frame(at(20 * i, spoken[i]).encode(), mask=b"mask") for i in range(1, 6)]
        twilio.transport.write(b"".join(late))
        heard = json.loads(await twilio.recv())["media"]["payload"]
    assert base64.b64decode(heard) == b"".join(spoken[1:])
    assert len(call.echo.by_lane) == 2


async def test_an_error_of_a_stage_is_reported_and_survived() -> None:
    class TouchyStage(EchoStage):
        def hear(self, frame: MulawInputFrame) -> None:
            if frame.payload == "BBBB":
                raise ValueError("not this one")
            super().hear(frame)

    call = EchoCall(echo=TouchyStage())
    async with echoing(call) as twilio:
        for number, payload in enumerate(SAID, start=2):
            await twilio.send(media(number, payload))
        heard = [json.loads(await twilio.recv())["media"]["payload"] for _ in range(3)]
        error = await asyncio.wait_for(call.errors.get(), 10)
    assert heard == ["AAAA", "CCCC", "DDDD"]
    assert error == "Error on the audio lane: not this one"
