"""The examples of docs/swap-a-stage.md, each applied to a copy that then books by telephone."""

import asyncio
import json
import shutil
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from websockets.asyncio.client import connect

from simulator import mulaw
from simulator.child import free_port
from simulator.grok import GrokSimulator
from simulator.openai_http import OpenAIHttp
from simulator.play import Stage
from simulator.realtime import RealtimeSimulator, Say
from tests.docs.booking import BOOK, book
from tests.docs.other_lines import OTHER_LINES, LineWire
from tests.docs.swaps import PAGE, DoesNotApply, apply, changed, examples, swap
from tests.e2e.product import Answers
from tests.e2e.test_pipecat_runner import pipecat_runner

ANSWER = b"\x70" * 4000
SAID = b"\x10" * 1600

SPEECH_TO_SPEECH = {
    "Stock OpenAI Realtime, in PCM": "/v1/realtime",
    "Azure OpenAI Realtime": "/openai/v1/realtime",
}
"""Examples whose model speaks the protocol of OpenAI Realtime, and where it is served."""

HISS = 700.0
"""Louder than what the stand-in for the model takes for speech."""

GROK = "Grok"
CASCADE = "Speech to text, language model and voice on one OpenAI key"
MASKED = "Words that nobody should keep"
LOCAL = "A cascade on your own machine"
"""Played by `make local-cascade`: its models are too large for every run of the tests."""

NOISE = "Background noise"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("title", SPEECH_TO_SPEECH)
async def test_another_speech_to_speech_model_books(
    title: str, tmp_path: Path, migrated_sqlite: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    stage = Stage()
    async with RealtimeSimulator(stage) as model:
        url = model.url.removesuffix("/v1/realtime") + SPEECH_TO_SPEECH[title]
        await book(title, tmp_path, stage, url)


@pytest.mark.timeout(120)
async def test_grok_books(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    stage = Stage()
    async with GrokSimulator(stage) as model:
        await book(
            GROK,
            tmp_path,
            stage,
            model.url,
            OPENAI_API_KEY="xai-test",
            OPENAI_REALTIME_MODEL="grok-voice-latest",
        )
        (session,) = model.sessions
    # Pipecat cancels at every turn of the caller's, whether there is something to cancel or not.
    assert {event["error"]["message"] for event in session.sent if event["type"] == "error"} <= {
        "Cancellation failed: no active response found"
    }
    assert session.effective["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 8000}


@pytest.mark.timeout(120)
async def test_a_cascade_books(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    stage = Stage()
    async with OpenAIHttp(stage) as openai:
        # Nobody is there: a cascade asks for no session.
        nowhere = f"ws://127.0.0.1:{free_port()}/v1/realtime"
        await book(CASCADE, tmp_path, stage, nowhere, OPENAI_BASE_URL=openai.url)
    assert openai.refused == []


@pytest.mark.timeout(120)
async def test_a_stage_more_masks_what_is_kept(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    stage = Stage()
    async with RealtimeSimulator(stage) as model:
        await book(MASKED, tmp_path, stage, model.url)
    with closing(sqlite3.connect(tmp_path / "spaline.db")) as database:
        said = [
            text for (text,) in database.execute("SELECT text FROM call_turns WHERE who = 'caller'")
        ]
    assert "A *** ***** massage" in said[0]


@pytest.mark.timeout(120)
async def test_a_noise_filter_hears_the_caller_only(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    stage = Stage()
    call = BOOK.calls[0].model_copy(update={"hiss": HISS})
    async with RealtimeSimulator(stage) as model:
        noisy = BOOK.model_copy(update={"calls": (call,)})
        await book(NOISE, tmp_path, stage, model.url, scenario=noisy)
        (session,) = model.sessions
    kinds = [event["type"] for event in session.sent]
    assert kinds.count("input_audio_buffer.speech_started") == 1
    assert median(loudness(session.appended)) < HISS / 20


def loudness(audio: bytes | bytearray) -> list[float]:
    """How loud each tenth of a second is."""
    size = mulaw.SAMPLE_RATE // 10
    return [mulaw.rms(bytes(audio[at : at + size])) for at in range(0, len(audio), size)]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("title", OTHER_LINES)
async def test_another_line_carries_a_call(
    title: str, tmp_path: Path, migrated_sqlite: Path
) -> None:
    swap(title, tmp_path)
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    answers = Answers([Say("Hi.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: answers) as model,
        pipecat_runner(model.url, tmp_path, bot=tmp_path / "bot.py", line=title.lower()) as port,
        asyncio.timeout(60),
    ):
        heard = b""
        while not heard:
            try:
                heard = await talk(OTHER_LINES[title], f"ws://127.0.0.1:{port}/ws", model)
            except OSError:  # it is still starting
                await asyncio.sleep(0.2)
    assert heard[: len(ANSWER)] == ANSWER  # Pipecat fills the last piece with silence


async def talk(wire: LineWire, url: str, model: RealtimeSimulator) -> bytes:
    """Call as the provider does, hear the answer out, and speak until the model has heard it."""
    heard = b""
    async with connect(url, compression=None) as line:
        for message in wire.opening:  # Pipecat's runner looks at two before it begins
            await line.send(json.dumps(message))
        while len(heard) < len(ANSWER):
            message = json.loads(await line.recv())
            media = message.pop("media")
            heard += b64decode(media.pop("payload"))
            assert (message, media) == (wire.message_back, wire.media_back)
        await line.send(json.dumps(wire.media(SAID)))
        while SAID not in model.sessions[-1].appended:  # noqa: ASYNC110  the other side has no event
            await asyncio.sleep(0.02)
    return heard


@pytest.mark.parametrize("title", examples())
def test_every_example_is_a_program(title: str) -> None:
    for diff in examples()[title]:
        compile(changed(diff), diff.file, "exec")


def test_a_diff_that_no_longer_fits_is_noticed() -> None:
    diff = next(iter(examples().values()))[0]
    with pytest.raises(DoesNotApply):
        apply(diff.hunks, "something else")


def test_what_is_marked_as_tested_is_tested() -> None:
    page = PAGE.read_text(encoding="utf-8")
    marked = {
        part.split("\n", 1)[0]
        for part in page.split("\n### ")[1:]
        if part.split("\n", 1)[1].lstrip().startswith("*Tested*")
    }
    assert marked == {*SPEECH_TO_SPEECH, GROK, CASCADE, LOCAL, MASKED, NOISE, *OTHER_LINES}
