"""What calls cost on one core: every peer in turn, round after round, and the medians of that."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bench.plan import FULL_CORE, SETTLE_SECS, Plan, Show, judge_generator
from bench.report import Section
from bench.server import ACCOUNT, Peer, Server, running
from simulator.load.figures import Figures
from simulator.load.load import Load, LoadFailed, open_load
from simulator.load.model import LoadModel
from simulator.load.speech import Pulses

PIECE_MS = 300
PULSE_EVERY = 100
"""Frames: pieces of 300 ms must be quiet between two pulses."""


@asynccontextmanager
async def loaded(peer: Peer, core: int | None) -> AsyncGenerator[tuple[Server, Load]]:
    """A peer that runs beside an echo, has had one call already, and waits for more."""
    async with (
        LoadModel(echo=True) as model,
        running(peer, model.simulator.url, core) as server,
    ):
        async with open_load(server.voice_url, ACCOUNT, model) as first:
            await first.add(1)
        async with open_load(server.voice_url, ACCOUNT, model) as load:
            yield server, load


async def measure_small_frames(plan: Plan, show: Show) -> list[Section]:
    """20 ms of audio in every message, both ways."""
    cost = Section("CPU with 20 ms frames both ways, model echoes")
    delay = Section("Added latency with 20 ms frames both ways")
    memory = Section("Memory")
    for number in range(plan.rounds):
        for peer in plan.peers:
            show(f"round {number + 1} of {plan.rounds}: {peer.name}, 20 ms frames")
            await _climb(peer, plan, cost, delay, memory)
    cost.notes.append("CPU of the server's process, in percent of one core for each call.")
    return [cost, delay, memory]


async def _climb(peer: Peer, plan: Plan, cost: Section, delay: Section, memory: Section) -> None:
    """Add calls up to each level, and measure there."""
    async with loaded(peer, plan.core) as (server, load):
        before_mb = server.process.memory_mb
        for level in plan.levels:
            try:
                await load.add(level - len(load.callers))
            except LoadFailed as error:
                cost.note(f"{peer.name} at {level} calls: {error}")
                return
            await asyncio.sleep(SETTLE_SECS)
            figures = await load.measure(plan.secs, server.process)
            _note_cost(cost, peer, figures)
            _note_delay(delay, peer, figures)
        extra_mb = (server.process.memory_mb - before_mb) / len(load.callers)
        memory.row("for each call more", "MB").add(peer.name, extra_mb)
        memory.row("before the calls", "MB").add(peer.name, before_mb)


async def measure_large_pieces(plan: Plan, show: Show) -> list[Section]:
    """What the real model sends: pieces of a third of a second."""
    section = Section(f"CPU with the model's own pieces of {PIECE_MS} ms")
    level = plan.levels[-1]
    for number in range(plan.rounds):
        for peer in plan.peers:
            show(f"round {number + 1} of {plan.rounds}: {peer.name}, pieces of {PIECE_MS} ms")
            try:
                _note_cost(section, peer, await _in_pieces(peer, plan, level))
            except LoadFailed as error:
                section.note(f"{peer.name} at {level} calls: {error}")
    return [section]


async def _in_pieces(peer: Peer, plan: Plan, level: int) -> Figures:
    async with (
        LoadModel(echo=True, echo_ms=PIECE_MS) as model,
        running(peer, model.simulator.url, plan.core) as server,
        open_load(
            server.voice_url, ACCOUNT, model, speech=lambda number: Pulses(PULSE_EVERY, number * 7)
        ) as load,
    ):
        await load.add(level)
        await asyncio.sleep(SETTLE_SECS)
        return await load.measure(plan.secs, server.process)


def _note_cost(section: Section, peer: Peer, figures: Figures) -> None:
    if figures.server_cpu is None:
        return
    per_call = figures.server_cpu * 100 / figures.calls
    section.row(f"{figures.calls} calls", "% of a core a call").add(peer.name, per_call)
    if figures.server_cpu > FULL_CORE:
        section.note(f"{peer.name} is full at {figures.calls} calls: its figure is too low.")
    if figures.dropped:
        section.note(f"{peer.name} dropped calls at {figures.calls}.")
    judge_generator(section, peer, figures)


def _note_delay(section: Section, peer: Peer, figures: Figures) -> None:
    for name, spread in (
        ("caller to model", figures.to_model),
        ("model to caller", figures.to_caller),
    ):
        section.row(f"{name}, p50 at {figures.calls} calls", "ms").add(peer.name, spread.p50)
        section.row(f"{name}, p99 at {figures.calls} calls", "ms").add(peer.name, spread.p99)
    if figures.lost:
        section.note(f"{peer.name} lost audio at {figures.calls} calls.")
    judge_generator(section, peer, figures)
