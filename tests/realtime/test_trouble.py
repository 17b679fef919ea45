"""What is counted of a model that makes trouble, and that a good one makes none."""

import pytest
from pipecat.frames.frames import TTSStoppedFrame

from simulator.realtime import Fail, Output, RealtimeSimulator, Say
from tests.realtime.harness import Script, soon, talk

HELLO = [Say("Hello.", audio=b"\x70" * 800)]


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [([HELLO], []), ([[Fail()], HELLO], ["failed"]), ([[], HELLO], ["empty"])],
)
async def test_answers_that_are_none(answers: list[list[Output]], trouble: list[str]) -> None:
    async with RealtimeSimulator(lambda: Script(*answers)) as model, talk(model.url) as running:
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        assert running.trouble == trouble


async def test_a_socket_that_closes_and_one_that_does_not_open() -> None:
    async with RealtimeSimulator(lambda: Script(HELLO)) as model, talk(model.url) as running:
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        model.sessions[0].close(1001, "going away")
        await soon(lambda: len(model.sessions) == 2)
        assert running.trouble == ["closed"]
    async with talk("ws://127.0.0.1:1") as running:
        await running.until_lost()
        assert running.trouble == ["unreachable", "lost"]


async def test_a_refusal_and_an_error() -> None:
    async with RealtimeSimulator(Script) as model, talk(model.url, api_key="sk-bad") as running:
        await running.until_lost()
        assert running.trouble == ["refused", "lost"]
    async with RealtimeSimulator(lambda: Script(HELLO)) as model, talk(model.url) as running:
        await running.caught.until(lambda: running.caught.of(TTSStoppedFrame))
        await running.llm._ws_send({"type": "nonsense"})  # pyright: ignore[reportPrivateUsage]  what no client sends
        await soon(lambda: running.trouble == ["error"])
