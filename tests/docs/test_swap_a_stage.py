"""The examples of docs/swap-a-stage.md, each applied to a copy that then books by telephone."""

import asyncio
import json
import shutil
import sqlite3
from base64 import b64decode, b64encode
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from websockets.asyncio.client import connect

from simulator import mulaw
from simulator.child import free_port
from simulator.grok import GrokSimulator
from simulator.openai_http import OpenAIHttp
from simulator.play import Stage, play_scenario
from simulator.realtime import RealtimeSimulator, Say
from simulator.scenario import Scenario, load_scenario
from tests.docs.swaps import PAGE, DoesNotApply, apply, examples, swap
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT, Answers
from tests.e2e.test_pipecat_runner import pipecat_runner

ANSWER = b"\x70" * 4000
SAID = b"\x10" * 1600

SPEECH_TO_SPEECH = {
    "Stock OpenAI Realtime, in PCM": "/v1/realtime",
    "Azure OpenAI Realtime": "/openai/v1/realtime",
}
"""Examples whose model speaks the protocol of OpenAI Realtime, and where it is served."""

BOOK = load_scenario(str(Path(__file__).with_name("book.yaml")))
HISS = 700.0
"""Louder than what the stand-in for the model takes for speech."""

GROK = "Grok"
CASCADE = "Speech to text, language model and voice on one OpenAI key"
MASKED = "Words that nobody should keep"
NOISE = "Background noise"
PLIVO = "Plivo"


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
        await book(NOISE, tmp_path, stage, model.url, BOOK.model_copy(update={"calls": (call,)}))
        (session,) = model.sessions
    kinds = [event["type"] for event in session.sent]
    assert kinds.count("input_audio_buffer.speech_started") == 1
    assert median(loudness(session.appended)) < HISS / 20


def loudness(audio: bytes | bytearray) -> list[float]:
    """How loud each tenth of a second is."""
    size = mulaw.SAMPLE_RATE // 10
    return [mulaw.rms(bytes(audio[at : at + size])) for at in range(0, len(audio), size)]


@pytest.mark.timeout(120)
async def test_another_line_carries_a_call(tmp_path: Path, migrated_sqlite: Path) -> None:
    swap(PLIVO, tmp_path)
    shutil.copy(migrated_sqlite, tmp_path / "spaline.db")
    answers = Answers([Say("Hi.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: answers) as model,
        pipecat_runner(model.url, tmp_path, bot=tmp_path / "bot.py", line="plivo") as port,
        asyncio.timeout(60),
    ):
        heard = b""
        while not heard:
            try:
                heard = await talk_on_plivo(f"ws://127.0.0.1:{port}/ws", model)
            except OSError:  # it is still starting
                await asyncio.sleep(0.2)
    assert heard[: len(ANSWER)] == ANSWER  # Pipecat fills the last piece with silence


async def talk_on_plivo(url: str, model: RealtimeSimulator) -> bytes:
    """Call as Plivo does, hear the answer out, and speak until the model has heard it."""
    media = {"encoding": "audio/x-mulaw", "sampleRate": 8000}
    start = {"streamId": "stream-1", "callId": "call-1", "mediaFormat": media}
    messages = [
        {"event": "start", "start": start},
        *(
            {"event": "media", "media": {"track": "inbound", "payload": b64encode(audio).decode()}}
            for audio in (b"\xff" * 160, SAID)
        ),
    ]
    heard = b""
    async with connect(url, compression=None) as line:
        for message in messages[:2]:  # Pipecat's runner looks at two before it begins
            await line.send(json.dumps(message))
        while len(heard) < len(ANSWER):
            message = json.loads(await line.recv())
            assert message["event"] == "playAudio"
            assert message["streamId"] == "stream-1"
            assert message["media"]["contentType"] == "audio/x-mulaw"
            heard += b64decode(message["media"]["payload"])
        await line.send(json.dumps(messages[2]))
        while SAID not in model.sessions[-1].appended:  # noqa: ASYNC110  the other side has no event
            await asyncio.sleep(0.02)
    return heard


async def book(
    title: str,
    folder: Path,
    stage: Stage,
    model_url: str,
    scenario: Scenario = BOOK,
    **changes: str,
) -> None:
    """Play a call that books, with the stages of an example."""
    swap(title, folder)
    async with server_process(model_url, folder, **changes) as server:
        report = await play_scenario(
            scenario,
            stage=stage,
            account=ACCOUNT,
            voice_url=server.voice_url,
            database_url=server.database_url,
        )
    log = server.log.read_text(encoding="utf-8")
    assert report.problems == [], log
    assert "Traceback" not in log


def test_a_diff_that_no_longer_fits_is_noticed() -> None:
    diff = next(iter(examples().values()))["bot.py"]
    with pytest.raises(DoesNotApply):
        apply(diff, "something else")


def test_what_is_marked_as_tested_is_tested() -> None:
    page = PAGE.read_text(encoding="utf-8")
    marked = {
        part.split("\n", 1)[0]
        for part in page.split("\n### ")[1:]
        if part.split("\n", 1)[1].lstrip().startswith("*Tested*")
    }
    assert marked == {*SPEECH_TO_SPEECH, GROK, CASCADE, MASKED, NOISE, PLIVO}
