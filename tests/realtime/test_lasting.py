"""What becomes of a conversation whose session is lost."""

import asyncio
import base64
import json
from typing import Any

import pytest
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallInProgressFrame,
    TTSStoppedFrame,
    UserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams

from realtime.lasting import RESUMED
from simulator.realtime import CallTool, RealtimeSimulator, Say, Session
from simulator.speech import speak
from telephony.frames import MulawInputFrame, SessionLostFrame
from tests.realtime.harness import Script, Talk, soon, talk

ANSWER = b"\x70" * 800
SILENCE = b"\xff" * 8000
HELLO = [Say("Hello.", audio=ANSWER)]
BACK = [Say("I am back.", audio=ANSWER)]


async def spoken(running: Talk, answers: int) -> None:
    await running.caught.until(lambda: len(running.caught.of(TTSStoppedFrame)) >= answers)
    await running.worker.queue_frame(BotStoppedSpeakingFrame())


async def hear(running: Talk, mulaw: bytes) -> None:
    await running.worker.queue_frame(MulawInputFrame(base64.b64encode(mulaw).decode()))


def replayed(session: Session) -> list[dict[str, Any]]:
    return [e["item"] for e in session.received if e["type"] == "conversation.item.create"]


def texts(session: Session) -> list[tuple[str, str]]:
    return [(item["role"], item["content"][0]["text"]) for item in replayed(session)]


async def test_the_new_session_knows_what_was_said_and_is_asked_to_go_on() -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        model.agent_factory = lambda: Script(BACK)
        model.sessions[0].close(1001, "going away")
        await spoken(running, 2)
        first, second = model.sessions
        assert texts(second) == [
            ("system", "The caller is known."),
            ("assistant", "Hello."),
            ("system", RESUMED),
        ]
        assert second.effective["instructions"] == first.effective["instructions"]
        assert [e["type"] for e in second.received].count("response.create") == 1
        assert len(running.caught.of(SessionLostFrame)) == 1
        assert running.llm.is_usable


async def test_a_session_is_renewed_without_a_word_also_after_a_loss() -> None:
    async with (
        # Renewed after five seconds, at a quiet moment.
        RealtimeSimulator(lambda: Script(HELLO), session_seconds=7) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        model.sessions[0].drop()
        await spoken(running, 2)
        await soon(lambda: len(model.sessions) > 2)
        second, third = model.sessions[1:]
        await second.closed.wait()
        await soon(lambda: replayed(third))
        assert ("system", RESUMED) not in texts(third)
        assert "response.create" not in [event["type"] for event in third.received]
        assert second.close_code == 1000
        assert running.llm.is_usable


async def test_who_begins_to_speak_when_a_session_is_about_to_be_renewed_is_answered() -> None:
    script = Script(HELLO, [Say("Of course.", audio=ANSWER)])
    async with (
        RealtimeSimulator(lambda: script, session_seconds=12) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        running.may_reconnect.clear()
        await soon(running.reconnecting.is_set)
        await hear(running, speak("A massage, please."))
        await running.caught.until(lambda: running.caught.of(UserStartedSpeakingFrame))
        running.may_reconnect.set()
        await soon(lambda: len(model.sessions) > 1)
        await hear(running, SILENCE)
        await spoken(running, 2)
        assert script.conversations[-1].user_turns == 1
        await soon(lambda: ("assistant", "Of course.") in texts(model.sessions[1]))


async def test_the_caller_is_heard_in_the_new_session() -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        model.sessions[0].drop()
        await spoken(running, 2)
        await hear(running, ANSWER)
        await soon(lambda: bytes(model.sessions[1].appended) == ANSWER)


async def test_a_second_loss_is_the_end() -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        model.sessions[0].drop()
        await spoken(running, 2)
        model.sessions[1].close(1011, "again")
        assert "again" in await running.until_lost()
        assert len(model.sessions) == 2


async def test_a_service_that_does_not_want_us_back_is_the_end() -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        model.refuse_with_http = 503
        model.sessions[0].drop()
        assert "no new session: " in await running.until_lost()


@pytest.mark.parametrize("code", ["insufficient_quota", "invalid_api_key"])
async def test_a_refusal_is_not_asked_again(code: str) -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await spoken(running, 1)
        error = {"type": "x", "code": code, "message": "No.", "param": None, "event_id": None}
        model.sessions[0].emit("error", error=error)
        model.sessions[0].close(1013, code)
        assert code in await running.until_lost()
        await model.sessions[0].closed.wait()
        assert len(model.sessions) == 1


class HoldingStage(FrameProcessor):
    """Keeps the news of a tool call back until it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, FunctionCallInProgressFrame):
            await self.may_go.wait()
        await self.push_frame(frame, direction)


async def test_a_call_that_the_context_learns_of_late_is_told_to_the_new_session() -> None:
    over, holding = asyncio.Event(), HoldingStage()

    async def think(params: FunctionCallParams) -> None:
        """Think."""
        await over.wait()

    async with (
        RealtimeSimulator(lambda: Script([CallTool("think")])) as model,
        talk(model.url, tools=[think], behind=[holding]) as running,
    ):
        await running.caught.until(lambda: running.caught.of(FunctionCallInProgressFrame))
        model.agent_factory = lambda: Script(BACK)
        model.sessions[0].drop()
        await soon(lambda: len(model.sessions) > 1 and confirmed(model.sessions[1]))
        for _ in range(200):  # a replay that waits for nothing is through by then
            await asyncio.sleep(0)
        holding.may_go.set()
        await spoken(running, 1)
        assert "function_call" in [item["type"] for item in replayed(model.sessions[1])]
        over.set()


def confirmed(session: Session) -> bool:
    return any(event["type"] == "session.updated" for event in session.sent)


async def test_a_result_that_comes_between_two_sessions_is_told_once() -> None:
    go_on = asyncio.Event()

    async def think(params: FunctionCallParams) -> None:
        """Think."""
        await go_on.wait()
        await params.result_callback({"thought": "of lavender"})

    async with (
        RealtimeSimulator(lambda: Script([CallTool("think")])) as model,
        talk(model.url, tools=[think]) as running,
    ):
        await running.caught.until(lambda: running.caught.of(FunctionCallInProgressFrame))
        model.agent_factory = lambda: Script(BACK)
        model.round_trip_ms = 300  # time for the result, before the new session is confirmed
        model.sessions[0].drop()
        await running.caught.until(lambda: running.caught.of(SessionLostFrame))
        go_on.set()
        await spoken(running, 1)
        told = [item for item in replayed(model.sessions[1]) if "lavender" in json.dumps(item)]
        assert [item["type"] for item in told] == ["function_call_output"]
