"""What time does to our server: half an hour of one call, and a thousand calls in a row."""

import asyncio

from bench.plan import Plan, Show, judge_generator
from bench.report import Section
from bench.server import ACCOUNT, SPALINE, Server, running
from simulator.load.load import open_load
from simulator.load.model import LoadModel
from simulator.load.speech import Pulses

PACE = 30
"""So many times faster than life a long call goes: as many frames, in less time."""

STRETCH_MINUTES = 3
CLOSE_SECS = 10.0


async def measure_long_call(plan: Plan, show: Show, minutes: int) -> list[Section]:
    """One call, its beginning and its end."""
    section = Section(f"A call of {minutes} minutes")
    section.note(f"Sent and played {PACE} times faster than life: the same frames in less time.")
    show(f"{SPALINE.name}: a call of {minutes} minutes, {PACE} times as fast")
    stretch_secs = min(STRETCH_MINUTES, minutes / 3) * 60 / PACE
    async with (
        LoadModel(echo=True) as model,
        running(SPALINE, model.simulator.url, plan.core) as server,
        open_load(
            server.voice_url, ACCOUNT, model, speech=lambda _: Pulses(PACE * 25), pace=PACE
        ) as load,
    ):
        await load.add(1)
        for when in ("first minutes", "last minutes"):
            figures = await load.measure(stretch_secs, server.process)
            cpu = (figures.server_cpu or 0.0) * 60 / PACE
            section.row("CPU for each minute of the call", "s").add(when, cpu)
            section.row("memory", "MB").add(when, server.process.memory_mb)
            judge_generator(section, SPALINE, figures)
            if when == "first minutes":
                await asyncio.sleep(minutes * 60 / PACE - 2 * stretch_secs)
    return [section]


async def measure_many_calls(plan: Plan, show: Show, calls: int) -> list[Section]:
    """Call after call, and what is left of them."""
    section = Section(f"{calls} calls, one after the other")
    warm = calls // 10
    show(f"{SPALINE.name}: {calls} calls one after the other")
    async with (
        LoadModel(echo=True) as model,
        running(SPALINE, model.simulator.url, plan.core) as server,
    ):
        for begun, ended in ((0, warm), (warm, calls)):
            for _ in range(begun, ended):
                await _call(server, model)
            after = f"after {ended} calls"
            section.row("memory", "MB").add(after, server.process.memory_mb)
            section.row("open files and sockets", "number").add(after, server.process.open_files)
            section.row("threads", "number").add(after, server.process.threads)
    return [section]


async def _call(server: Server, model: LoadModel) -> None:
    """A whole call, until both its sockets are closed."""
    async with open_load(server.voice_url, ACCOUNT, model) as load:
        await load.add(1)
    async with asyncio.timeout(CLOSE_SECS):
        await model.simulator.sessions[-1].closed.wait()
