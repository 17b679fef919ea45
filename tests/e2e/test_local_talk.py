"""`python bot.py`: talk in a browser, by the page of Pipecat's runner, without a phone."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from simulator.appointment_book import read_appointments
from simulator.realtime import CallTool, Conversation, Output, RealtimeSimulator, Say
from simulator.scenario import Script
from simulator.speech import CALLER
from telephony import mulaw
from tests.e2e.product import Answers
from tests.e2e.test_pipecat_runner import pipecat_runner
from tests.e2e.web_peer import WebPeer, talking
from tests.realtime.tones import tone

ZONE = "America/New_York"
TUESDAY = str(Script(ZONE, datetime.now(UTC)).fill("{{ weekday('tuesday') }}"))
LONG_MS = 20_000
LONG = mulaw.encode(tone(8000, LONG_MS / 1000, loudness=3000))
SHORT = mulaw.encode(tone(8000, 0.3, loudness=3000))
BOOK = CallTool(
    "book_appointment",
    {
        "service": "hot stones",
        "date": TUESDAY,
        "time": "14:00",
        "name": "Maria Lopez",
        "phone": "617 555 1212",
    },
)


@dataclass
class Talk:
    """What came of a talk in which the caller interrupts, books, and asks for a person."""

    peer: WebPeer
    heard_ms: float
    received: list[dict[str, Any]]
    results: list[dict[str, Any]]
    rows: list[dict[str, str]]


class Agent(Answers):
    """Says what it is told, and tells when it did."""

    def __init__(self, *responses: Sequence[Output]) -> None:
        super().__init__(*responses)
        self.answered: asyncio.Queue[int] = asyncio.Queue()

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        outputs = await super().respond(conversation)
        self.answered.put_nowait(len(self.conversations))
        return outputs

    async def has_answered(self, times: int) -> None:
        while await self.answered.get() < times:
            pass


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Talk]:
    folder = tmp_path_factory.mktemp("talk")
    agent = Agent(
        [Say("Hello.", audio=LONG)],
        [BOOK],
        [Say("Booked.", audio=SHORT)],
        [CallTool("transfer_to_staff", {})],
        [CallTool("end_call", {})],
        [Say("Goodbye.", audio=SHORT)],
    )
    async with (
        asyncio.timeout(60),
        RealtimeSimulator(lambda: agent) as model,
        pipecat_runner(model.url, folder, line=None) as port,
        talking(f"http://127.0.0.1:{port}") as peer,
    ):
        await peer.until("bot-started-speaking")
        peer.microphone.say(CALLER.speak("Hot stones on Tuesday."))
        await agent.has_answered(3)
        heard_ms = peer.heard_ms
        await peer.until_said("Booked.")
        peer.microphone.say(CALLER.speak("And a person, please."))
        await peer.closed.wait()
    rows = await read_appointments(f"sqlite+aiosqlite:///{folder}/spaline.db", ZONE)
    results = agent.conversations[-1].function_outputs
    yield Talk(peer, heard_ms, model.sessions[0].received, results, rows)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_caller_in_the_browser_books(talk: Talk) -> None:
    (row,) = talk.rows
    assert (row["name"], row["treatment"]) == ("Maria Lopez", "hot-stone-massage")
    assert row["starts_at"] == f"{TUESDAY} 14:00"
    assert row["phone"] == ""  # a browser says nothing of who it is that would count


@pytest.mark.asyncio(loop_scope="module")
async def test_a_caller_in_the_browser_silences_the_agent(talk: Talk) -> None:
    (truncated,) = [e for e in talk.received if e["type"] == "conversation.item.truncate"]
    assert 100 < truncated["audio_end_ms"] < LONG_MS / 2
    # The peer hears what was on its way, and the end of it is not silence before a while.
    assert talk.heard_ms == pytest.approx(truncated["audio_end_ms"], abs=1000)


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_can_be_rung_from_a_browser_so_the_agent_is_told(talk: Talk) -> None:
    refused = talk.results[1]
    assert refused["reason"] == "no_telephone"
    assert "write down a message" in refused["message"]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_agent_ends_the_talk_once_its_goodbye_was_heard(talk: Talk) -> None:
    assert [result["ok"] for result in talk.results] == [True, False, True]
    assert talk.peer.closed.is_set()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_browser_is_told_once_who_speaks(talk: Talk) -> None:
    kinds = [message["type"] for message in talk.peer.messages]
    told = [kind for kind in kinds if kind in ("bot-started-speaking", "bot-stopped-speaking")]
    assert len(told) > 3
    assert all(one != other for one, other in pairwise(told))
