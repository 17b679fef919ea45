"""Calls leave nothing behind, however they end."""

import asyncio
import gc
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from simulator.caller import Line, LineEnded, place_call
from simulator.realtime import Output, RealtimeSimulator
from tests.e2e.heard import VOICE, sessions_with, speech
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product

PATIENCE_SECS = 15.0
BATCHES = 2

APART_SECS = 0.2

OURS = {"bot", "booking", "calls", "processors", "realtime", "server", "telephony", "tools"}
THEIRS = {"fastapi", "pipecat", "starlette", "uvicorn"}
PLAYBACK = "processors.playback.PlaybackProcessor"

Script = Callable[[Line, RealtimeSimulator, str], Awaitable[None]]


async def hang_up(line: Line, model: RealtimeSimulator, caller: str) -> None:
    await line.hear_agent(100)


async def barge_in(line: Line, model: RealtimeSimulator, caller: str) -> None:
    await line.hear_agent(200)
    await line.play(VOICE)


async def vanish(line: Line, model: RealtimeSimulator, caller: str) -> None:
    await line.hear_agent(100)
    await line.vanish()


async def lose_the_model_once(line: Line, model: RealtimeSimulator, caller: str) -> None:
    await line.hear_agent(100)
    sessions_with(model, caller)[-1].close(1011)
    while len(sessions_with(model, caller)) == 1:
        await line.wait(20)


async def lose_the_model(line: Line, model: RealtimeSimulator, caller: str) -> None:
    await line.hear_agent(100)
    with suppress(LineEnded):
        while True:
            for session in sessions_with(model, caller):
                session.close(1011)
            await line.wait(20)


SCRIPTS: tuple[Script, ...] = (hang_up, barge_in, vanish, lose_the_model_once, lose_the_model)


def alive() -> Counter[str]:
    """How many objects there are of each class of ours and of what a call is made with."""
    gc.collect()
    names = map(class_name, gc.get_objects())
    return Counter(name for name in names if name.partition(".")[0] in OURS | THEIRS)


def left_behind(before: Counter[str]) -> dict[str, int]:
    """What each call of some kind may have left; the server may keep the last request."""
    return {name: more for name, more in (alive() - before).items() if more >= 2 * BATCHES}


def class_name(thing: object) -> str:
    # Not of `__class__`, which a weak proxy asks of what may be gone.
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def open_sockets() -> int:
    names = (Path(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))
    return sum(os.path.realpath(name).startswith("/proc/") for name in names)


async def test_calls_leave_no_task_socket_or_object_behind(tmp_path: Path) -> None:
    responses: list[list[Output]] = [[speech(1, 1000)], [speech(2, 500)]]
    async with (
        RealtimeSimulator(lambda: Answers(*responses)) as model,
        running_product(model.url, tmp_path, max_calls_per_caller_per_hour=0) as product,
    ):
        tasks = asyncio.all_tasks()

        async def call(place: int, caller: str, script: Script) -> None:
            await asyncio.sleep(place * APART_SECS)

            async def act(line: Line) -> None:
                await script(line, model, caller)

            await place_call(product.voice_url, ACCOUNT, from_=caller, script=act)

        async def batch(first: int) -> None:
            async with asyncio.timeout(PATIENCE_SECS * 2), asyncio.TaskGroup() as group:
                for place, script in enumerate(SCRIPTS * 2):
                    group.create_task(call(place, f"+1617555{first + place:04}", script))
            await until(lambda: asyncio.all_tasks() <= tasks)
            assert asyncio.all_tasks() - tasks == set()

        await batch(0)  # what is made once and kept is made now
        objects, sockets = alive(), open_sockets()
        for number in range(1, BATCHES + 1):
            await batch(100 * number)
        await until(lambda: not left_behind(objects))  # the journal is written behind the calls
        assert left_behind(objects) == {}
        assert alive()[PLAYBACK] == 0
        await until(lambda: open_sockets() <= sockets)
        assert open_sockets() <= sockets


async def test_a_call_that_goes_on_is_seen(tmp_path: Path) -> None:
    async def look(line: Line) -> None:
        await line.hear_agent(100)
        assert alive()[PLAYBACK] == 1

    async with (
        RealtimeSimulator(lambda: Answers([speech(1, 1000)])) as model,
        running_product(model.url, tmp_path) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=look)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no event tells of; in vain, it is for the caller to say."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECS):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.2)
