"""Random barge-ins into running calls, held against what the callers really heard.

`python -m tests.e2e.barge_ins` makes a thousand and prints what came of them.
"""

import asyncio
import base64
import json
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import typer
from loguru import logger

from simulator.caller import CallScript, Line, place_call
from simulator.realtime import Conversation, Output, RealtimeSimulator, Say, Session
from simulator.stream import Stream
from tests.e2e.product import ACCOUNT, running_product

BYTES_PER_MS = 8
VOICE = bytes([0x00, 0x80] * 800)
"""200 ms that are unmistakably a voice."""

ONSET_SECS = 0.06
"""So long a voice must last until the model takes it for one."""

LOOK_SECS = 0.002
FRAME_MS = 20
PATIENCE_SECS = 20.0
APART_SECS = 0.3
"""Calls begin so far apart: to begin one costs as much as many seconds of it."""


TOLERANCE_MS = 20.0
"""How much more or less than the caller the model may believe to have been heard."""


def speech(number: int, ms: int) -> Say:
    """Something that can be told from everything else that is said in a call."""
    return Say(f"Sentence {number}.", audio=bytes([number]) * (ms * BYTES_PER_MS))


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
        await until(line, lambda: talker.answers > times)
        audio = talker.last.audio or b""
        await until(line, lambda: heard_bytes(line.stream)[audio[0]] == len(audio))

    return interrupt


def heard_bytes(stream: Stream) -> Counter[int]:
    """How many of each byte the caller heard."""
    return Counter(b"".join(part.mulaw for part in stream.playout.heard))


@dataclass(frozen=True)
class Belief:
    """An item of the agent's.

    Attributes:
        kept_ms: what the model believes to have been heard.
        heard_ms: what the caller heard.
        said_ms: what the model had said.
    """

    kept_ms: float
    heard_ms: float
    said_ms: float

    @property
    def error_ms(self) -> float:
        return self.kept_ms - self.heard_ms


def beliefs(session: Session, stream: Stream) -> list[Belief]:
    """For each item of the agent's, what its model believes and what is true."""
    heard = heard_bytes(stream)
    said: dict[str, bytearray] = {}
    for event in session.sent:
        if event["type"] == "response.output_audio.delta":
            said.setdefault(event["item_id"], bytearray()).extend(base64.b64decode(event["delta"]))
    return [
        Belief(
            kept_ms=len(session.items.audio[item_id]) / BYTES_PER_MS,
            heard_ms=heard[audio[0]] / BYTES_PER_MS,
            said_ms=len(audio) / BYTES_PER_MS,
        )
        for item_id, audio in said.items()
    ]


def problems(session: Session, stream: Stream) -> list[str]:
    """What no call may have, whoever interrupts whom."""
    found = [str(event["error"]) for event in session.sent if event["type"] == "error"]
    found += [f"Twilio warned: {code}" for code in stream.warnings]
    said, cleared = set[int](), set[int]()
    for message in map(json.loads, stream.received):
        if message["event"] == "clear":
            cleared |= said
        elif message["event"] == "media":
            sent = set(base64.b64decode(message["media"]["payload"]))
            said |= sent
            if sent & cleared:
                found.append("audio of an old answer was sent after a clear")
    return found


def truncations(session: Session) -> list[tuple[str, int]]:
    """The items that were truncated, and where, in order."""
    return [
        (event["item_id"], event["audio_end_ms"])
        for event in session.received
        if event["type"] == "conversation.item.truncate"
    ]


def clear_delays_ms(stream: Stream) -> list[float]:
    """For each time that the caller spoke up, from when it could be known to the clear."""
    frames = [part.at_secs for part in stream.spoken]
    begun = [at for at, before in zip(frames, [0.0, *frames], strict=False) if at - before > 0.1]
    cleared = stream.playout.cleared_secs
    return [
        (next(at for at in cleared if at > voice) - voice - ONSET_SECS) * 1000 for voice in begun
    ]


def sessions_with(model: RealtimeSimulator, caller: str) -> list[Session]:
    """The model's sessions that were told of a caller's number, in order."""
    return [
        session
        for session in model.sessions
        if any(
            event["type"] == "conversation.item.create" and caller in json.dumps(event["item"])
            for event in session.received
        )
    ]


@dataclass
class Outcome:
    """What came of calls.

    Attributes:
        beliefs: of every item of every call.
        truncated: how often the model was told to truncate.
        clear_delays_ms: from a caller's voice to the clear.
        problems: what no call may have.
        stall_ms: how long the loop, and with it both ends of the line, stood still at most.
    """

    beliefs: list[Belief] = field(default_factory=list[Belief])
    truncated: int = 0
    clear_delays_ms: list[float] = field(default_factory=list[float])
    problems: list[str] = field(default_factory=list[str])
    stall_ms: float = 0.0

    @property
    def tolerance_ms(self) -> float:
        """What may be wrong on a machine that stands still at times, once at each end."""
        return TOLERANCE_MS + 2 * self.stall_ms

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
    async with (
        RealtimeSimulator(lambda: Talkers(talkers), seed=seed) as model,
        running_product(model.url, folder, max_calls=calls, fast_audio=fast_audio) as product,
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
            outcome.note(session, record.stream)

        await asyncio.gather(*(call(n, *pair) for n, pair in enumerate(talkers.items())))
    return outcome


def percentiles(values: list[float]) -> str:
    values = sorted(values)
    parts = (f"p{part} {values[(len(values) - 1) * part // 100]:.1f}" for part in (50, 90, 99))
    return f"{', '.join(parts)}, most {values[-1]:.1f} ms"


def main(calls: int = 10, each: int = 100, seed: int = 0, *, fast_audio: bool = True) -> None:
    """Print how far the model's beliefs are from what the callers heard."""
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
        f"the loop stood still for {outcome.stall_ms:.1f} ms at most",
        f"items off by more than {TOLERANCE_MS:g} ms: {wrong}",
        f"problems: {outcome.problems or 'none'}",
    ):
        typer.echo(line)
    raise typer.Exit(1 if wrong or outcome.problems else 0)


if __name__ == "__main__":
    logger.remove()
    typer.run(main)
