"""The moments that a caller feels: the first word, and the silence behind an interruption."""

import asyncio
from collections.abc import Sequence

from bench.plan import SETTLE_SECS, Plan, Show, judge_generator
from bench.report import Section
from bench.server import ACCOUNT, Peer, Server, running
from simulator.load.caller import PacedCaller
from simulator.load.figures import spread
from simulator.load.load import LoadFailed, open_load
from simulator.load.model import LoadModel
from simulator.load.speech import Interjections, Pulses
from simulator.mulaw import SAMPLE_RATE, SILENCE
from simulator.realtime import Conversation, Output, Say
from simulator.webhooks import webhook_client

RING_SECS = 0.4
"""From the webhook to the socket: the caller's phone rings that long at least."""

ROUND_TRIP_MS = 80
FIRST_AUDIO_MS = 300
GREETING_SECS = 2
ANSWER_SECS = 12
WAIT_SECS = 10.0

PULSE_EVERY = 1000
BETWEEN_FRAMES = 200
"""From one interjection of a caller to the next: four seconds."""

BEGIN_FRAME = 60


class Talker:
    """Says something of a given length whenever it is asked."""

    def __init__(self, secs: int) -> None:
        """Say so much."""
        # Nearly silence: it must not be found in the caller's own sounds.
        self._say = Say("Hello.", audio=bytes([SILENCE ^ 1]) * SAMPLE_RATE * secs)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """Say it."""
        return [self._say]

    def transcribe(self, turn: int) -> str | None:
        """What the caller said."""
        return "Yes, but"


async def measure_first_word(plan: Plan, show: Show, calls: int) -> list[Section]:
    """Call after call, from Twilio's `start` to the first audio."""
    section = Section("First word")
    section.note(
        f"From Twilio's start to the first byte of the greeting; the webhook came "
        f"{RING_SECS * 1000:.0f} ms earlier, the model is {ROUND_TRIP_MS} ms away and takes "
        f"{FIRST_AUDIO_MS} ms to its first audio."
    )
    for peer in plan.peers:
        show(f"{peer.name}: first word")
        async with (
            LoadModel(
                lambda: Talker(GREETING_SECS),
                round_trip_ms=ROUND_TRIP_MS,
                first_audio_ms=FIRST_AUDIO_MS,
            ) as model,
            running(peer, model.simulator.url, plan.core) as server,
        ):
            # The first call of a process warms it up.
            waits = [await _first_word_ms(server, number) for number in range(calls + 1)][1:]
        section.row("p50", "ms").add(peer.name, spread(waits).p50)
        section.row("p99", "ms").add(peer.name, spread(waits).p99)
    return [section]


async def _first_word_ms(server: Server, number: int) -> float:
    caller = PacedCaller(ACCOUNT, f"+1617556{number:04}", Pulses(PULSE_EVERY))
    async with webhook_client() as http:
        await caller.ring(http, server.voice_url)
    await asyncio.sleep(RING_SECS)
    await caller.pick_up()
    try:
        return await caller.hears_something(WAIT_SECS)
    finally:
        await caller.hang_up()


async def measure_barge_in(plan: Plan, show: Show, secs: float) -> list[Section]:
    """Callers who interrupt a long answer, again and again."""
    level = plan.levels[-1]
    section = Section(f"Barge-in with {level} calls")
    section.note("From the model's speech_started to clear on Twilio's socket.")
    for peer in plan.peers:
        show(f"{peer.name}: barge-in")
        try:
            await _interrupt(peer, plan, section, level, secs)
        except LoadFailed as error:
            section.note(f"{peer.name} at {level} calls: {error}")
    return [section]


async def _interrupt(peer: Peer, plan: Plan, section: Section, level: int, secs: float) -> None:
    async with (
        LoadModel(lambda: Talker(ANSWER_SECS)) as model,
        running(peer, model.simulator.url, plan.core) as server,
        open_load(server.voice_url, ACCOUNT, model, speech=interjections) as load,
    ):
        await load.add(level)
        await asyncio.sleep(SETTLE_SECS)
        figures = await load.measure(secs, server.process)
    if not figures.to_clear.count:
        section.note(f"{peer.name} sent no clear at all.")
        return
    section.row("p50", "ms").add(peer.name, figures.to_clear.p50)
    section.row("p99", "ms").add(peer.name, figures.to_clear.p99)
    section.row("samples", "number").add(peer.name, figures.to_clear.count)
    judge_generator(section, peer, figures)


def interjections(number: int) -> Interjections:
    """Each caller interrupts at other moments than the others."""
    return Interjections(BETWEEN_FRAMES, BEGIN_FRAME + number * 37 % BETWEEN_FRAMES)
