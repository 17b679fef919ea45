"""The caller speaks: an interruption from the service itself, ahead of everything else."""

import asyncio
import base64
from typing import cast

from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    TTSStartedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.services.llm_service import FunctionCallParams

from realtime.session import SessionOptions
from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.speech import speak
from telephony.frames import BargeInFrame, MulawInputFrame, MulawOutputFrame
from tests.realtime.harness import Script, Talk, talk
from tools.interruption import uninterrupted

LONG = b"\x70" * 80_000
SILENCE = b"\xff" * 8000


async def say(running: Talk, mulaw: bytes) -> None:
    for at in range(0, len(mulaw), 160):
        payload = base64.b64encode(mulaw[at : at + 160]).decode()
        await running.worker.queue_frame(MulawInputFrame(payload))


async def test_the_interruption_leads_and_there_is_one() -> None:
    script = Script([Say("A long one.", audio=LONG)], [Say("Yes?", audio=SILENCE)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url) as running,
    ):
        caught = running.caught
        await caught.until(lambda: caught.of(MulawOutputFrame))
        await say(running, speak("Wait, please.") + SILENCE)
        await caught.until(lambda: len(caught.of(TTSStartedFrame)) == 2)
    interruptions = caught.of(InterruptionFrame)
    (created, _) = (
        event for event in model.sessions[0].sent if event["type"] == "response.created"
    )
    assert [cast(BargeInFrame, frame).response_id for frame in interruptions] == [
        created["response"]["id"]
    ]
    order: list[Frame] = [*interruptions, *caught.of(UserStartedSpeakingFrame)]
    assert sorted(order, key=caught.frames.index) == order
    assert len(caught.of(UserStartedSpeakingFrame)) == 1
    assert len(caught.of(UserStoppedSpeakingFrame)) == 1


async def test_a_tool_that_takes_its_time_to_leave_does_not_hold_the_interruption_up() -> None:
    at_work, may_leave, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(params: FunctionCallParams) -> None:
        """Take your time."""
        try:
            at_work.set()
            await asyncio.Event().wait()
        finally:
            await may_leave.wait()
            left.set()

    script = Script([CallTool("slow")], [Say("Yes?", audio=SILENCE)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[slow]) as running,
    ):
        caught = running.caught
        async with asyncio.timeout(10):
            await at_work.wait()
            await say(running, speak("Wait, please.") + SILENCE)
            await caught.until(lambda: caught.of(BargeInFrame))
            assert not left.is_set()
            may_leave.set()
            await left.wait()


async def test_a_tool_that_may_not_be_interrupted_runs_to_its_end() -> None:
    at_work, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @uninterrupted
    async def book(params: FunctionCallParams) -> None:
        """Book."""
        at_work.set()
        await may_end.wait()
        ended.set()

    script = Script([CallTool("book")], [Say("Yes?", audio=SILENCE)])
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, tools=[book]) as running,
    ):
        caught = running.caught
        async with asyncio.timeout(10):
            await at_work.wait()
            await say(running, speak("Wait, please.") + SILENCE)
            await caught.until(lambda: caught.of(UserStoppedSpeakingFrame))
            may_end.set()
            await ended.wait()


async def test_a_caller_who_may_not_interrupt_takes_a_turn_all_the_same() -> None:
    script = Script([Say("A long one.", audio=LONG)], [Say("Yes?", audio=SILENCE)])
    options = SessionOptions(interrupt_response=False)
    async with (
        RealtimeSimulator(lambda: script) as model,
        talk(model.url, options=options) as running,
    ):
        caught = running.caught
        await caught.until(lambda: caught.of(MulawOutputFrame))
        await say(running, speak("Go on.") + SILENCE)
        await caught.until(lambda: caught.of(UserStoppedSpeakingFrame))
        assert caught.of(UserStartedSpeakingFrame)
        assert not caught.of(InterruptionFrame)
