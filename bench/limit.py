"""What a full process does: the calls that it holds, while many more are refused."""

import asyncio
import time
from dataclasses import dataclass, field, replace

from bench.calls import loaded
from bench.plan import SETTLE_SECS, Plan, Show, judge_generator
from bench.report import Section
from bench.server import ACCOUNT, SPALINE
from simulator.load.caller import PacedCaller
from simulator.load.load import pulses
from simulator.twiml_reader import TwimlError
from simulator.webhooks import webhook_client

PER_SEC = 20
"""Callers who ring in vain."""


@dataclass
class _Refused:
    """Callers who ring in vain, one after the other.

    Attributes:
        waited_ms: how long each waited for the answer.
    """

    voice_url: str
    waited_ms: list[float] = field(default_factory=list[float])

    async def ring(self) -> None:
        """Ring until cancelled."""
        async with webhook_client() as http:
            while True:
                number = len(self.waited_ms)
                caller = PacedCaller(ACCOUNT, f"+1212555{number:04}", pulses(number))
                began = time.monotonic()
                try:
                    await caller.ring(http, self.voice_url)
                except TwimlError:  # no stream, but the front desk or voicemail
                    self.waited_ms.append((time.monotonic() - began) * 1000)
                    await asyncio.sleep(1 / PER_SEC)
                else:
                    raise RuntimeError("a full process took one more call")


async def measure_limit(plan: Plan, show: Show, calls: int) -> list[Section]:
    """The same calls twice: alone, and while others ring in vain."""
    full = replace(SPALINE, environment=SPALINE.environment | {"MAX_CALLS": str(calls)})
    section = Section(f"A process that is full with {calls} calls, on one core")
    async with loaded(full, plan.core) as (server, load):
        show(f"{full.name}: {calls} calls, and then {PER_SEC} a second more")
        await load.add(calls)
        await asyncio.sleep(SETTLE_SECS)
        alone = await load.measure(plan.secs, server.process)
        refused = _Refused(server.voice_url)
        ringing = asyncio.create_task(refused.ring())
        crowded = await load.measure(plan.secs, server.process)
        ringing.cancel()
        await asyncio.wait((ringing,))
        if not ringing.cancelled():
            ringing.result()
    for name, figures in (("alone", alone), ("while others are refused", crowded)):
        section.row("p99 to the model", "ms").add(name, figures.to_model.p99)
        section.row("p99 to the caller", "ms").add(name, figures.to_caller.p99)
        section.row("CPU", "% of a core").add(name, 100 * (figures.server_cpu or 0.0))
        judge_generator(section, full, figures)
    slowest_ms = max(refused.waited_ms, default=float("inf"))
    section.note(
        f"{len(refused.waited_ms)} callers were refused in {plan.secs:g} s; the slowest waited "
        f"{slowest_ms:.0f} ms for the answer. Lost pulses: {alone.lost}, {crowded.lost}."
    )
    return [section]
