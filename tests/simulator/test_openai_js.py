"""Both simulators against a client that others wrote: the Twilio adapter of OpenAI's own SDK."""

from collections.abc import Sequence
from typing import Any

import pytest

from bench.server import ACCOUNT, OPENAI_JS, running
from simulator.caller import CallRecord, Line, place_call
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say, Session

LONG = b"\xfe" * 8 * 12_000
SHORT = b"\xfd" * 8 * 900
SOUND = b"\x1f\x9f" * 8 * 200
"""400 ms, as loud as speech."""

pytestmark = pytest.mark.skipif(
    not OPENAI_JS.is_installed, reason="npm did not install the SDK: make test-js"
)


class Agent:
    """Speaks at length until it is interrupted, then briefly."""

    def __init__(self) -> None:
        self.answers = [LONG, SHORT]

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        return [Say("So it is.", audio=self.answers.pop(0))]

    def transcribe(self, turn: int) -> str | None:
        return "Wait."


async def _interrupt(line: Line) -> None:
    await line.hear_agent(800)
    await line.play(SOUND)
    await line.listen(settle_secs=0.3)


async def _call() -> tuple[CallRecord, Session]:
    async with (
        RealtimeSimulator(Agent, transcription="before") as model,
        running(OPENAI_JS, model.url) as server,
    ):
        record = await place_call(
            server.voice_url, ACCOUNT, from_="+16175551212", script=_interrupt
        )
        await model.sessions[0].closed.wait()
    return record, model.sessions[0]


async def test_the_sdk_completes_a_call_with_a_barge_in() -> None:
    record, session = await _call()
    assert record.stream is not None
    assert (record.verbs, record.warnings, record.ended_by) == (["connect"], [], "the caller")
    assert _of(session.sent, "error") == []
    for end in ("input", "output"):
        assert session.effective["audio"][end]["format"] == {"type": "audio/pcmu"}

    heard = b"".join(heard.mulaw for heard in record.stream.playout.heard)
    assert heard.endswith(SHORT)
    heard_ms = heard.count(LONG[:1]) / 8
    assert 800 <= heard_ms < 6000
    (truncation,) = _of(session.sent, "conversation.item.truncated")
    # The SDK counts whole pieces by their marks, and up to 50 ms of the one that plays.
    assert heard_ms - 400 <= truncation["audio_end_ms"] <= heard_ms + 100

    assert any('"clear"' in text for text in record.stream.received)
    marks = [text for text in record.stream.received if '"mark"' in text]
    assert len([text for text in record.stream.sent if '"mark"' in text]) == len(marks)


def _of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]
