"""Random barge-ins into running calls, held against what the callers really heard.

`python -m tests.e2e.barge_ins` makes a thousand and prints what came of them.
"""

import asyncio
import gc
import json
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import typer
from loguru import logger

from simulator.caller import CallScript, Line, place_call
from simulator.realtime import Conversation, Output, RealtimeSimulator, Session
from simulator.stream import Stream
from tests.e2e.heard import (
    VOICE,
    Belief,
    beliefs,
    clear_delays_ms,
    heard_bytes,
    problems,
    sessions_with,
    speech,
    truncations,
)
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT

LOOK_SECS = 0.002
FRAME_MS = 20
PATIENCE_SECS = 20.0
APART_SECS = 0.3
"""Calls begin so far apart: to begin one costs as much as many seconds of it."""

TOLERANCE_MS = 20.0
"""How much more or less than the caller the model may believe to have been heard."""


class Talkers:
    """The agents of several callers, for a model that is told who calls."""

    def __init__(self, by_caller: dict[str, "Talker"]) -> None:
        self._by_caller = by_caller

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        items = json.dumps(conversation.items)
        return next(t for caller, t in self._by_caller.items() if caller in items).respond()

    def transcribe(self, turn: int) -> str | None:
        return "something"


class Talker:
    """An agent that always has something to say, in one to three items.

    Attributes:
        answers: how many it gave.
        last: what it said last.
    """

    def __init__(self, random: Random) -> None:
        self.answers = 0
        self.last = speech(0, 0)
        self._random = random
        self._numbers = count(1)

    def respond(self) -> Sequence[Output]:
        items = [
            speech(next(self._numbers), self._random.randint(200, 1200))
            for _ in range(self._random.randint(1, 3))
        ]
        self.answers += 1
        self.last = items[-1]
        return items


def interrupting(talker: Talker, random: Random, times: int) -> CallScript:
    """A caller who speaks into every answer, or soon after it, and hears the last one out."""

    async def until(line: Line, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECS):
            while not condition():
                await line.wait(FRAME_MS)

    async def interrupt(line: Line) -> None:
        for number in range(times):
            await until(line, lambda number=number: talker.answers > number)
            await line.hear_agent(random.randint(0, 1500))
            await line.play(VOICE)
        before = len(line.stream.playout.heard)
        await until(line, lambda: talker.answers > times)
        audio = talker.last.audio or b""
        await until(line, lambda: heard_bytes(line.stream, before)[audio[0]] == len(audio))

    return interrupt


@dataclass
class Outcome:
    """What came of calls.

    Attributes:
        beliefs: of every item of every call.
        truncated: how often the model was told to truncate.
        clear_delays_ms: from a caller's voice to the clear.
        problems: what no call may have.
        stall_ms: how long our loop, and with it the line and the model, stood still at most.
    """

    beliefs: list[Belief] = field(default_factory=list[Belief])
    truncated: int = 0
    clear_delays_ms: list[float] = field(default_factory=list[float])
    problems: list[str] = field(default_factory=list[str])
    stall_ms: float = 0.0

    @property
    def tolerance_ms(self) -> float:
        """What may be wrong on a machine that stands still at times, once at each end."""
        return self.tolerated_ms(TOLERANCE_MS)

    def tolerated_ms(self, ms: float) -> float:
        """The same, where so much may be wrong on a machine that never stands still."""
        return ms + 2 * self.stall_ms

    def note(self, session: Session, stream: Stream) -> None:
        """Take in a call that is over."""
        self.beliefs += beliefs(session, stream)
        self.truncated += len(truncations(session))
        self.clear_delays_ms += clear_delays_ms(stream)
        self.problems += problems(session, stream)


@asynccontextmanager
async def stalls_noted(outcome: Outcome) -> AsyncGenerator[None]:
    """See how long the loop stands still on this machine."""
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        while True:
            due = loop.time() + LOOK_SECS
            await asyncio.sleep(LOOK_SECS)
            outcome.stall_ms = max(outcome.stall_ms, (loop.time() - due) * 1000)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


async def barge_ins(
    folder: Path, *, calls: int, each: int, seed: int = 0, fast_audio: bool = True
) -> Outcome:
    """Make so many calls at once and interrupt each so often, at the pace of a telephone."""
    talkers = {
        f"+1617555{number:04}": Talker(Random(f"{seed}/talker/{number}")) for number in range(calls)
    }
    outcome = Outcome()
    over: list[tuple[Session, Stream]] = []
    async with (
        RealtimeSimulator(lambda: Talkers(talkers), seed=seed) as model,
        server_process(
            model.url, folder, MAX_CALLS=str(calls), FAST_AUDIO=str(fast_audio)
        ) as product,
        stalls_noted(outcome),
    ):

        async def call(number: int, caller: str, talker: Talker) -> None:
            random = Random(f"{seed}/{caller}")
            await asyncio.sleep(number * APART_SECS)
            script = interrupting(talker, random, each)
            record = await place_call(product.voice_url, ACCOUNT, from_=caller, script=script)
            session = next(iter(sessions_with(model, caller)), None)
            if session is None or record.stream is None:
                outcome.problems.append(f"a call came no further than {record.verbs}")
                return
            await session.closed.wait()
            over.append((session, record.stream))

        await asyncio.gather(*(call(n, *pair) for n, pair in enumerate(talkers.items())))
        outcome.problems += product.complaints
    # Not before: to look at one call would hold up the others.
    for session, stream in over:
        outcome.note(session, stream)
    return outcome


def percentiles(values: list[float]) -> str:
    values = sorted(values)
    parts = (f"p{part} {values[(len(values) - 1) * part // 100]:.1f}" for part in (50, 90, 99))
    return f"{', '.join(parts)}, most {values[-1]:.1f} ms"


def main(calls: int = 10, each: int = 100, seed: int = 0, *, fast_audio: bool = True) -> None:
    """Print how far the model's beliefs are from what the callers heard."""
    gc.disable()  # its pauses would be those of the line
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            barge_ins(Path(folder), calls=calls, each=each, seed=seed, fast_audio=fast_audio)
        )
    errors = [abs(belief.error_ms) for belief in outcome.beliefs]
    wrong = sum(error > TOLERANCE_MS for error in errors)
    for line in (
        f"{calls * each} barge-ins, {len(errors)} items, {outcome.truncated} truncations",
        f"the model's belief differs from what was heard by {percentiles(errors)}",
        f"from the voice to the clear: {percentiles(outcome.clear_delays_ms)}",
        f"the line stood still for {outcome.stall_ms:.1f} ms at most",
        f"items off by more than {TOLERANCE_MS:g} ms: {wrong}",
        f"problems: {outcome.problems or 'none'}",
    ):
        typer.echo(line)
    raise typer.Exit(1 if wrong or outcome.problems else 0)


if __name__ == "__main__":
    logger.remove()
    typer.run(main)
