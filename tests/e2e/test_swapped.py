"""Stock stages of Pipecat between our ends, or in the place of our own: they get and give PCM."""

from collections.abc import Sequence

import pytest
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.audio.audio_buffer_processor import AudioBufferProcessor
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_transport import BaseTransport
from pipecat.turns.user_start import ExternalUserTurnStartStrategy
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from processors.playback import PlaybackProcessor
from realtime.connection import open_connection
from realtime.service import MulawRealtimeLLMService
from realtime.session import SessionOptions
from realtime.tool_set import ToolSet
from simulator.caller import Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from simulator.speech import speak
from telephony import mulaw
from telephony.frames import MulawInputFrame, MulawOutputFrame
from tests.e2e.product import ACCOUNT, CALLER, Answers
from tests.e2e.swapped import Stages, swapped
from tests.realtime.harness import CONTEXT, MODEL, Catcher
from tests.realtime.tones import TONE_HZ, loudness, pitch_hz, tone

VOICE = speak("Hello, I would like to book a massage for tomorrow morning.")
ANSWER = mulaw.encode(tone(8000, 2.0, loudness=3000))


def aggregators() -> LLMContextAggregatorPair:
    return LLMContextAggregatorPair(
        LLMContext([*CONTEXT]),
        user_params=LLMUserAggregatorParams(
            user_turn_strategies=UserTurnStrategies(
                start=[ExternalUserTurnStartStrategy()],
                stop=[ExternalUserTurnStopStrategy(wait_for_transcript=False)],
            )
        ),
    )


def ours(url: str) -> FrameProcessor:
    def connect() -> object:
        return open_connection(url, model=MODEL, api_key="sk-test")

    return MulawRealtimeLLMService(
        connection=connect,  # pyright: ignore[reportArgumentType]
        reconnection=connect,  # pyright: ignore[reportArgumentType]
        options=SessionOptions(),
        model=MODEL,
        instructions="You answer the phone.",
        tools=ToolSet([]),
        refused=dict,
        configure_secs=5.0,
    )


async def converse(line: Line) -> None:
    await line.listen(settle_secs=0.3)
    await line.play(VOICE)
    await line.listen(settle_secs=0.3)


async def call(model: RealtimeSimulator, stages: Stages) -> tuple[bytes, bytes]:
    """What the caller heard, as mu-law, and what the model heard."""
    async with swapped(stages) as voice_url:
        record = await place_call(voice_url, ACCOUNT, from_=CALLER, script=converse)
    assert record.stream is not None
    assert record.warnings == []
    heard = b"".join(heard.mulaw for heard in record.stream.playout.heard)
    return heard, bytes(model.sessions[0].appended)


async def test_a_stock_vad_and_a_stock_recorder_hear_what_is_said() -> None:
    catcher = Catcher()
    recorded: list[tuple[bytes, int, int]] = []

    def stages(line: BaseTransport) -> Sequence[FrameProcessor]:
        user, assistant = aggregators()
        recorder = AudioBufferProcessor(num_channels=2, auto_start_recording=True)

        @recorder.event_handler("on_audio_data")
        async def on_audio_data(
            recorder: AudioBufferProcessor, audio: bytes, rate: int, channels: int
        ) -> None:
            recorded.append((audio, rate, channels))

        vad = VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=8000))
        return [
            line.input(), vad, catcher, user, ours(model.url), PlaybackProcessor(), line.output(),
            recorder, assistant,
        ]  # fmt: skip

    answers = [[Say("Hi.", audio=ANSWER)], [Say("Yes?", audio=ANSWER)]]
    async with RealtimeSimulator(lambda: Answers(*answers)) as model:
        heard, said = await call(model, stages)
    assert heard == ANSWER * 2
    assert VOICE in said
    assert catcher.of(VADUserStartedSpeakingFrame)
    assert all(isinstance(frame, MulawInputFrame) for frame in catcher.of(InputAudioRawFrame))
    ((audio, rate, channels),) = recorded
    assert (rate, channels) == (8000, 2)
    left = b"".join(audio[at : at + 2] for at in range(0, len(audio), 4))
    right = b"".join(audio[at + 2 : at + 4] for at in range(0, len(audio), 4))
    assert loudness(left) > 100
    assert pitch_hz(right[: len(ANSWER)], 8000) == pytest.approx(TONE_HZ, abs=3)


async def test_pipecats_own_service_takes_the_place_of_ours() -> None:
    catcher = Catcher()

    def stages(line: BaseTransport) -> Sequence[FrameProcessor]:
        user, assistant = aggregators()
        stock = OpenAIRealtimeLLMService(
            api_key="sk-test",
            base_url=model.url,
            settings=OpenAIRealtimeLLMService.Settings(
                session_properties=events.SessionProperties(output_modalities=["audio"])
            ),
        )
        return [line.input(), user, stock, catcher, PlaybackProcessor(), line.output(), assistant]

    answers = [[Say("Hi.", audio=ANSWER)], [Say("Yes?", audio=ANSWER)]]
    async with RealtimeSimulator(lambda: Answers(*answers)) as model:
        heard, said = await call(model, stages)
    voices: list[Frame] = [*catcher.of(OutputAudioRawFrame)]
    assert voices
    assert not any(isinstance(frame, MulawOutputFrame) for frame in voices)
    pcm = mulaw.decode(heard)
    assert len(heard) / 8 == pytest.approx(4000, abs=300)
    assert pitch_hz(pcm[:24_000], 8000) == pytest.approx(TONE_HZ, abs=3)
    assert len(said) > 48 * len(VOICE) / 8
    assert loudness(said) > 100
