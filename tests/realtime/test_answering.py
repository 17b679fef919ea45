"""What becomes of a response that fails, and of tools that are called without end."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pipecat.frames.frames import LLMFullResponseEndFrame, TTSStartedFrame, TTSStoppedFrame
from pipecat.services.llm_service import FunctionCallParams

from realtime.answering import MOST_CALLS
from simulator.realtime import (
    CallTool,
    Conversation,
    Fail,
    Output,
    RealtimeSimulator,
    Say,
    Session,
)
from simulator.realtime.errors import RealtimeError
from simulator.realtime.rules import Rule
from simulator.realtime.schema import EVENTS
from telephony.frames import SpeakUpFrame
from tests.realtime.harness import Script, Talk, soon, talk

HELLO = [Say("Hello.", audio=b"\x70" * 800)]


class Sleepy(Script):
    """Its first answer never comes."""

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.conversations.append(conversation)
        if len(self.conversations) == 1:
            await asyncio.Event().wait()
        return HELLO


class RefusingSession(Session):
    """It refuses what it is first asked for, with an error that names no event."""

    @property
    def rules(self) -> Mapping[str, Rule]:  # pyright: ignore[reportIncompatibleVariableOverride]  one for each session
        return {**EVENTS, "response.create": self._refuse_once}

    def _refuse_once(self, event: Any, path: str) -> None:
        if asked(self) == 1:
            raise RealtimeError("server_error", "The server had an error.", kind="server_error")


class Refusing(RealtimeSimulator):
    session_type = RefusingSession


def asked(session: Session) -> int:
    return [event["type"] for event in session.received].count("response.create")


async def heard(running: Talk, answers: int = 1) -> None:
    await running.caught.until(lambda: len(running.caught.of(TTSStoppedFrame)) >= answers)


@pytest.mark.parametrize(
    "first", [[Fail()], [], [Fail("rate_limit_exceeded", "try again in 10ms")]]
)
async def test_a_response_that_is_none_is_asked_for_again(first: list[Fail]) -> None:
    async with (
        RealtimeSimulator(lambda: Script(first, HELLO)) as model,
        talk(model.url) as running,
    ):
        await heard(running)
        assert asked(model.sessions[0]) == 2
        assert running.llm.is_usable


async def test_a_model_that_fails_twice_in_a_row_is_lost() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Fail()], [Fail()])) as model,
        talk(model.url) as running,
    ):
        assert "failed twice in a row: server_error" in await running.until_lost()


async def test_nobody_waits_half_a_minute_for_a_model_that_is_too_busy() -> None:
    busy = Fail("rate_limit_exceeded", "Please try again in 30s.")
    async with (
        RealtimeSimulator(lambda: Script([busy])) as model,
        talk(model.url) as running,
    ):
        assert "too busy for 30 s" in await running.until_lost()


async def test_a_model_without_credit_is_not_asked_again() -> None:
    async with (
        RealtimeSimulator(lambda: Script([Fail("insufficient_quota", "No credit.")])) as model,
        talk(model.url) as running,
    ):
        assert "refused: insufficient_quota" in await running.until_lost()
        assert asked(model.sessions[0]) == 1


async def test_an_empty_response_is_asked_for_again_only_once() -> None:
    async with (
        RealtimeSimulator(lambda: Script([], [])) as model,
        talk(model.url) as running,
    ):
        await running.caught.until(lambda: len(running.caught.of(LLMFullResponseEndFrame)) >= 2)
        await running.worker.queue_frame(SpeakUpFrame())
        await soon(lambda: asked(model.sessions[0]) == 3)
        assert running.llm.is_usable


async def test_every_answer_that_is_heard_has_a_start_of_its_own() -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO, HELLO)) as model,
        talk(model.url) as running,
    ):
        await heard(running)
        await running.worker.queue_frame(SpeakUpFrame())
        await heard(running, 2)
        assert len(running.caught.of(TTSStartedFrame)) == 2


async def test_who_is_told_to_speak_up_gives_up_the_answer_that_does_not_come() -> None:
    async with (
        RealtimeSimulator(Sleepy) as model,
        talk(model.url) as running,
    ):
        await soon(lambda: model.sessions and asked(model.sessions[0]))
        await running.worker.queue_frame(SpeakUpFrame())
        await heard(running)
        kinds = [event["type"] for event in model.sessions[0].received]
        assert kinds[-2:] == ["response.cancel", "response.create"]


async def test_who_is_told_to_speak_up_asks_anew_for_what_the_model_has_refused() -> None:
    async with (
        Refusing(lambda: Script(HELLO)) as model,
        talk(model.url) as running,
    ):
        await soon(lambda: model.sessions and asked(model.sessions[0]))
        await running.worker.queue_frame(SpeakUpFrame())
        await heard(running)
        kinds = [event["type"] for event in model.sessions[0].received]
        assert kinds[-3:] == ["response.create", "response.cancel", "response.create"]


@pytest.mark.parametrize("shape", [None, {"audio": None}, {"audio": {"output": None}}])
async def test_a_response_of_an_unknown_shape_is_no_reason_to_leave_the_session(
    shape: object,
) -> None:
    async with (
        RealtimeSimulator(lambda: Script(HELLO, HELLO)) as model,
        talk(model.url) as running,
    ):
        await heard(running)
        model.sessions[0].emit("response.created", response=shape)
        await running.worker.queue_frame(SpeakUpFrame())
        await heard(running, 2)
        assert (len(model.sessions), running.trouble) == (1, [])


async def test_who_is_told_to_speak_up_during_a_tool_asks_for_a_moment() -> None:
    go_on = asyncio.Event()

    async def think(params: FunctionCallParams) -> None:
        """Think."""
        await go_on.wait()
        await params.result_callback({"ok": True})

    async with (
        RealtimeSimulator(lambda: Script([CallTool("think")], HELLO, HELLO)) as model,
        talk(model.url, tools=[think]) as running,
    ):
        await running.caught.until(lambda: running.caught.of(LLMFullResponseEndFrame))
        await running.worker.queue_frame(SpeakUpFrame())
        await heard(running)
        create = [e for e in model.sessions[0].received if e["type"] == "response.create"][-1]
        assert "One moment, please." in create["response"]["instructions"]
        go_on.set()
        await heard(running, 2)


async def test_a_call_id_that_comes_again_is_done_once_and_answered() -> None:
    done: list[str] = []

    async def note(params: FunctionCallParams) -> None:
        """Take a note."""
        done.append(params.tool_call_id)
        await params.result_callback({"ok": True})

    call = CallTool("note", call_id="call_1")
    async with (
        RealtimeSimulator(lambda: Script([call, call], [call], HELLO)) as model,
        talk(model.url, tools=[note]) as running,
    ):
        await heard(running)
        assert done == ["call_1"]


async def test_tools_are_not_called_without_end() -> None:
    done: list[str] = []

    async def note(params: FunctionCallParams) -> None:
        """Take a note."""
        done.append(params.tool_call_id)
        await params.result_callback({"ok": True})

    async with (
        RealtimeSimulator(lambda: Script(*([CallTool("note")] for _ in range(100)))) as model,
        talk(model.url, tools=[note]) as running,
    ):
        assert f"more than {MOST_CALLS} tools in a row" in await running.until_lost()
        assert len(done) == MOST_CALLS
