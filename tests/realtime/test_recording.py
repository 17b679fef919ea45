from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from calls.entries import Tokens
from realtime.connection import open_connection
from realtime.recording import ATTEMPTS, Recorder, Recording
from realtime.session import SessionOptions
from simulator.realtime import Conversation, Fail, Output, RealtimeSimulator, Say
from tests.realtime.harness import MODEL

TEXT = "Thank you for calling. It's Serenity Spa, how can I help?"
AUDIO = bytes(range(256)) * 40


class Announcer:
    """A model that says what it is told to, in words of its own as long as it has some."""

    def __init__(self, *instead: Output) -> None:
        self.asked: list[Conversation] = []
        self._instead = list(instead)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.asked.append(conversation)
        return [self._instead.pop(0) if self._instead else Say(TEXT, AUDIO)]

    def transcribe(self, turn: int) -> str | None:
        return None


def model(announcer: Announcer, **knobs: Any) -> RealtimeSimulator:
    return RealtimeSimulator(lambda: announcer, speed_factor=1000.0, first_audio_ms=0.0, **knobs)


def recorder(
    url: str,
    folder: Path,
    *,
    text: str = TEXT,
    key: str = "sk-test",
    spent: Callable[[Tokens], None] = lambda tokens: None,
    **options: Any,
) -> Recorder:
    async def connect() -> ClientConnection:
        return await open_connection(url, model=MODEL, api_key=key)

    return Recorder(text, folder, connect, SessionOptions(**options), MODEL, spent)


async def test_a_text_is_said_once_in_the_calls_voice_and_kept(tmp_path: Path) -> None:
    announcer, spent = Announcer(), list[Tokens]()
    async with model(announcer) as server:
        first = recorder(server.url, tmp_path / "new", voice="cedar", spent=spent.append)
        assert first.recording is None
        await first.record()
        assert first.recording == Recording(TEXT, AUDIO)
        await first.record()
        second = recorder(server.url, tmp_path / "new", voice="cedar")
        assert second.recording == Recording(TEXT, AUDIO)
        await second.record()
        assert len(server.sessions) == 1
        await server.sessions[0].closed.wait()
    assert [tokens.audio_out > 0 for tokens in spent] == [True]
    (conversation,) = announcer.asked
    output = conversation.session["audio"]["output"]
    assert (output["voice"], output["format"]) == ("cedar", {"type": "audio/pcmu"})
    assert TEXT in str(conversation.response_instructions)
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".ulaw"]


@pytest.mark.parametrize(
    "changes", [{"text": "Another."}, {"voice": "cedar"}, {"speed": 1.2}], ids=str
)
async def test_another_text_or_voice_is_another_recording(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    async with model(Announcer()) as server:
        await recorder(server.url, tmp_path).record()
        assert recorder(server.url, tmp_path).recording is not None
        assert recorder(server.url, tmp_path, **changes).recording is None


@pytest.mark.parametrize(
    "slip",
    [
        Say("Thanks for calling! It's Serenity Spa, how can I help?", AUDIO),
        Say(f"Sure! {TEXT}", AUDIO),
        Say(TEXT, b""),
        Fail(),
    ],
    ids=["words", "more", "no sound", "failure"],
)
async def test_a_slip_of_the_model_is_recorded_again(slip: Output, tmp_path: Path) -> None:
    async with model(Announcer(slip)) as server:
        taken = recorder(server.url, tmp_path)
        await taken.record()
        assert len(server.sessions) == 2
    assert taken.recording == Recording(TEXT, AUDIO)


@pytest.mark.parametrize(
    "event",
    [
        "no JSON",
        "[1]",
        '{"type":"response.output_audio.delta","delta":"abc"}',
        '{"type":"response.done","response":null}',
    ],
)
async def test_an_event_that_cannot_be_read_is_a_slip(event: str, tmp_path: Path) -> None:
    class Mumbler(Announcer):
        async def respond(self, conversation: Conversation) -> Sequence[Output]:
            if not self.asked:
                server.sessions[0].send_raw(event.encode())
            return await super().respond(conversation)

    async with model(Mumbler()) as server:
        taken = recorder(server.url, tmp_path)
        await taken.record()
        assert len(server.sessions) == 2
    assert taken.recording == Recording(TEXT, AUDIO)


async def test_commas_and_capitals_are_no_slip(tmp_path: Path) -> None:
    said = Say("thank you for calling it\u2019s serenity spa how can I help", AUDIO)
    async with model(Announcer(said)) as server:
        taken = recorder(server.url, tmp_path)
        await taken.record()
        assert len(server.sessions) == 1
    assert taken.recording is not None


async def test_a_model_that_will_not_say_it_is_one_warning(
    tmp_path: Path, log_lines: list[str]
) -> None:
    async with model(Announcer(*[Say("Hello!", AUDIO)] * ATTEMPTS)) as server:
        taken = recorder(server.url, tmp_path)
        await taken.record()
        assert len(server.sessions) == ATTEMPTS
    assert taken.recording is None
    (warning,) = (line for line in log_lines if line.startswith("WARNING"))
    assert "the model said other words" in warning
    assert recorder(server.url, tmp_path).recording is None


@pytest.mark.parametrize(
    ("key", "knobs", "reason"),
    [
        ("sk-test", {"ignore_audio_format": True}, "not mu-law"),
        ("sk-test", {"refuse_with_http": 500}, "500"),
        ("sk-bad", {}, "invalid_api_key"),
    ],
)
async def test_a_model_that_cannot_say_it_is_one_warning(
    key: str, knobs: dict[str, Any], reason: str, tmp_path: Path, log_lines: list[str]
) -> None:
    async with model(Announcer(), **knobs) as server:
        taken = recorder(server.url, tmp_path, key=key)
        await taken.record()
    assert taken.recording is None
    (warning,) = (line for line in log_lines if line.startswith("WARNING"))
    assert reason in warning


async def test_a_folder_that_cannot_be_written_costs_a_recording_at_each_start(
    tmp_path: Path, log_lines: list[str]
) -> None:
    (tmp_path / "folder").write_text("a file is in the way")
    async with model(Announcer()) as server:
        taken = recorder(server.url, tmp_path / "folder")
        await taken.record()
    assert taken.recording == Recording(TEXT, AUDIO)
    assert any("cannot be kept" in line for line in log_lines)
