import base64
from collections.abc import Iterator

import pytest
from loguru import logger
from pipecat.frames.frames import TTSStoppedFrame

from realtime.transcoding import MODEL_RATE, PcmReader
from simulator.realtime import RealtimeSimulator, Say
from telephony import mulaw
from telephony.frames import MulawInputFrame, MulawOutputFrame
from tests.realtime.harness import Script, soon, talk
from tests.realtime.tones import TONE_HZ, loudness, pitch_hz, tone


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="WARNING", filter="realtime", format="{message}")
    yield lines
    logger.remove(sink)


@pytest.mark.parametrize("size", [960, 14_400, 4801])
async def test_the_models_pcm_is_the_same_sound_for_the_line(size: int) -> None:
    said = tone(MODEL_RATE, 2.0)
    reader = PcmReader()
    heard = b""
    for at in range(0, len(said), size):
        payload = base64.b64encode(said[at : at + size]).decode()
        heard += base64.b64decode(await reader.read(payload))
    pcm = mulaw.decode(heard)
    assert len(heard) / mulaw.BYTES_PER_MS == pytest.approx(2000, abs=60)
    assert pitch_hz(pcm[:24_000], mulaw.SAMPLE_RATE) == pytest.approx(TONE_HZ, abs=2)
    assert loudness(pcm[3200:28_800]) == pytest.approx(8000 / 2**0.5, rel=0.05)


async def test_a_model_that_takes_only_pcm_is_transcoded_both_ways(warnings: list[str]) -> None:
    voice = mulaw.encode(tone(mulaw.SAMPLE_RATE, 2.0))
    async with (
        RealtimeSimulator(
            lambda: Script([Say("Hi.", audio=voice)]), ignore_audio_format=True
        ) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        frames = running.caught.of(MulawOutputFrame)
        said = b"".join(base64.b64decode(frame.payload) for frame in frames)
        for at in range(0, len(voice), 160):
            payload = base64.b64encode(voice[at : at + 160]).decode()
            await running.worker.queue_frame(MulawInputFrame(payload))
        session = model.sessions[0]
        await soon(lambda: len(session.appended) / 48 >= 2000 - 100)
        heard = bytes(session.appended)
        assert running.llm.is_usable
    assert len(said) / mulaw.BYTES_PER_MS == pytest.approx(2000, abs=60)
    assert pitch_hz(mulaw.decode(said), mulaw.SAMPLE_RATE) == pytest.approx(TONE_HZ, abs=2)
    assert pitch_hz(heard, MODEL_RATE) == pytest.approx(TONE_HZ, abs=2)
    assert loudness(heard[9600:-9600]) == pytest.approx(8000 / 2**0.5, rel=0.05)
    assert warnings == ["Model did not accept mu-law: the call is transcoded to PCM and back\n"]
