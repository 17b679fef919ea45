"""What calls cost on one core: every peer in turn, round after round, and the medians of that."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.report import Section
from bench.server import ACCOUNT, Peer, Server, running
from simulator.load.figures import BUSY, LATE_MS, Figures
from simulator.load.load import EchoModel, Load, LoadFailed, open_load

SETTLE_SECS = 1.0
FULL_CORE = 0.95

Show = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        peers: who takes part.
        rounds: how often each has its turn.
        secs: how long each level is measured.
        levels: how many calls at once.
        core: of the servers.
    """

    peers: tuple[Peer, ...]
    rounds: int
    secs: float
    levels: tuple[int, ...]
    core: int


@asynccontextmanager
async def loaded(
    peer: Peer, core: int, *, echo_ms: int = 0, pulse_every: int = 25
) -> AsyncGenerator[tuple[Server, Load]]:
    """A peer that runs, has had one call already, and waits for more."""
    async with (
        EchoModel(echo_ms=echo_ms) as model,
        running(peer, model.simulator.url, core) as server,
    ):
        async with open_load(server.voice_url, ACCOUNT, model) as first:
            await first.add(1)
        async with open_load(server.voice_url, ACCOUNT, model, pulse_every=pulse_every) as load:
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
                _note(cost, f"{peer.name} at {level} calls: {error}")
                return
            await asyncio.sleep(SETTLE_SECS)
            figures = await load.measure(plan.secs, server.process)
            _note_cost(cost, peer, figures)
            _note_delay(delay, peer, figures)
        extra_mb = (server.process.memory_mb - before_mb) / len(load.callers)
        memory.row("for each call more", "MB").add(peer.name, extra_mb)
        memory.row("before the calls", "MB").add(peer.name, before_mb)


async def measure_large_deltas(plan: Plan, show: Show) -> list[Section]:
    """What the real model sends: pieces of a third of a second."""
    section = Section("CPU with the model's own pieces of 300 ms")
    level = plan.levels[-1]
    for number in range(plan.rounds):
        for peer in plan.peers:
            show(f"round {number + 1} of {plan.rounds}: {peer.name}, pieces of 300 ms")
            async with loaded(peer, plan.core, echo_ms=300, pulse_every=100) as (server, load):
                try:
                    await load.add(level)
                except LoadFailed as error:
                    _note(section, f"{peer.name} at {level} calls: {error}")
                    continue
                await asyncio.sleep(SETTLE_SECS)
                _note_cost(section, peer, await load.measure(plan.secs, server.process))
    return [section]


def _note_cost(section: Section, peer: Peer, figures: Figures) -> None:
    if figures.server_cpu is None:
        return
    per_call = figures.server_cpu * 100 / figures.calls
    section.row(f"{figures.calls} calls", "% of a core a call").add(peer.name, per_call)
    if figures.server_cpu > FULL_CORE:
        _note(section, f"{peer.name} is full at {figures.calls} calls: its figure is too low.")
    if figures.dropped:
        _note(section, f"{peer.name} dropped calls at {figures.calls}.")
    judge_generator(section, peer, figures)


def _note_delay(section: Section, peer: Peer, figures: Figures) -> None:
    for name, spread in (
        ("caller to model", figures.to_model),
        ("model to caller", figures.to_caller),
    ):
        section.row(f"{name}, p50 at {figures.calls} calls", "ms").add(peer.name, spread.p50)
        section.row(f"{name}, p99 at {figures.calls} calls", "ms").add(peer.name, spread.p99)
    if figures.lost:
        _note(section, f"{peer.name} lost audio at {figures.calls} calls.")
    judge_generator(section, peer, figures)


def judge_generator(section: Section, peer: Peer, figures: Figures) -> None:
    """Say so when the generator may have made the figures."""
    section.row(f"generator's own lateness, p99 at {figures.calls} calls", "ms").add(
        peer.name, figures.late.p99
    )
    if figures.generator_is_limit:
        _note(
            section,
            f"The generator is the limit at {figures.calls} calls of {peer.name}: later than "
            f"{LATE_MS:g} ms or busier than {BUSY:.0%} of its core.",
        )


def _note(section: Section, note: str) -> None:
    if note not in section.notes:
        section.notes.append(note)
