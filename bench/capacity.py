"""How many calls a quarter of a core holds: more and more of them, until audio is late.

A quarter, because the callers and the model have one core for themselves, and need more of it than
the cheapest server does.
"""

import asyncio
import math
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from bench.calls import loaded
from bench.machine import among_others
from bench.plan import SETTLE_SECS, Plan, Show, judge_generator
from bench.report import Section
from bench.server import Peer
from simulator.load.figures import Figures
from simulator.load.load import Load, LoadFailed
from simulator.load.process import Process, on_core

FEW = 5
"""Calls that any peer holds with ease; what they need is what the others are compared with."""

STEP = 1.1
SMALLEST_STEP = 4
SECS = 3.0
LATE_MS = 20.0
TRIES = 3
"""A level is given up only when it is late every time: the machine may hiccup."""


async def measure_capacity(plan: Plan, show: Show, most: int) -> list[Section]:
    """Search for the most calls, up to a bound."""
    section = Section("Calls on a quarter of a core")
    section.note(
        f"The most calls at which neither way's p99 is {LATE_MS:g} ms above what it is with {FEW} "
        f"calls; tried in steps of {STEP - 1:.0%} (at least {SMALLEST_STEP}), up to {most}. The "
        "rest of the core is taken by three processes that do nothing else."
    )
    for peer in plan.peers:
        show(f"{peer.name}: as many calls as it holds")
        with among_others():
            async with loaded(peer, plan.core) as (server, load):
                with mostly_taken(plan.core):
                    search = _Search(section, peer, load, server.process)
                    section.row("calls", "number").add(peer.name, await search.run(most))
    return [section]


@contextmanager
def mostly_taken(core: int | None) -> Generator[None]:
    """Keep a core busy, each with the same right to it as whoever else runs there."""
    with on_core(core):
        idlers = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        yield
    finally:
        for idler in idlers:
            idler.kill()
            idler.wait()


class _Search:
    """Adds calls to one server until it is late."""

    def __init__(self, section: Section, peer: Peer, load: Load, process: Process) -> None:
        self._section = section
        self._peer = peer
        self._load = load
        self._process = process

    async def run(self, most: int) -> int:
        """The most calls that were in time."""
        held, level = 0, FEW
        limits = (math.inf, math.inf)
        while level <= most:
            try:
                figures = await self._at(level, limits)
            except LoadFailed as error:
                self._section.note(f"{self._peer.name} at {level} calls: {error}")
                return held
            if not _in_time(figures, limits):
                judge_generator(self._section, self._peer, figures)
                return held
            if not held:
                limits = (figures.to_model.p99 + LATE_MS, figures.to_caller.p99 + LATE_MS)
            held, level = level, max(level + SMALLEST_STEP, math.ceil(level * STEP))
        self._section.note(f"{self._peer.name} was not full at {held} calls.")
        return held

    async def _at(self, level: int, limits: tuple[float, float]) -> Figures:
        await self._load.add(level - len(self._load.callers))
        await asyncio.sleep(SETTLE_SECS)
        figures = await self._load.measure(SECS, self._process)
        for _ in range(TRIES - 1):
            if _in_time(figures, limits):
                break
            figures = await self._load.measure(SECS, self._process)
        return figures


def _in_time(figures: Figures, limits: tuple[float, float]) -> bool:
    to_model, to_caller = limits
    return (
        figures.to_model.p99 <= to_model
        and figures.to_caller.p99 <= to_caller
        and not figures.dropped
        and not figures.lost
    )
