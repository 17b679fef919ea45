"""Plays one row of the matrix: the real server and the real sockets, and a fault."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlalchemy import select

from calls.records import Outcome
from calls.tables import CallRow
from database import build_engine, build_sessions
from simulator.appointment_book import read_appointments
from simulator.caller import CallRecord, Line, place_call
from simulator.faulty_line import FaultyLine
from simulator.realtime import RealtimeSimulator
from simulator.speech import CALLER as VOICE
from tests.e2e.process import ServerProcess
from tests.e2e.product import ACCOUNT, CALLER
from tests.faults.clerk import Clerk
from tests.faults.fault import After, Fault, Scene, Stage
from tests.faults.logbook import LogBook
from tests.faults.stage import Templates, set_up

WISHES = 4
"""How often the caller says what they want before they give up."""

SETTLE_SECS = 15.0
"""How long the end of a call may take to tidy up behind itself."""

LONGEST_ROW_SECS = 180.0
"""No row takes longer, or it hangs."""

_RECORD = re.compile(r"^[0-9:.]+ (WARNING|ERROR|CRITICAL) |Logging error")
"""The first line of what a process has logged; tracebacks follow."""

OUTCOMES = {
    "goes on": {Outcome.COMPLETED},
    "person": {Outcome.FAILED, Outcome.TRANSFERRED},
    "message": {Outcome.FAILED, Outcome.TRANSFERRED},
    "caller left": {Outcome.COMPLETED, Outcome.FAILED},
}


@dataclass
class Trial:
    """What became of a row.

    Attributes:
        fault: the row.
        ending: how the call ended.
        silence_secs: the longest time in which the caller heard nothing and said nothing.
        outcome: of the call's record.
        booked: how many appointments there are.
        lines: what was logged from warnings on.
        wrong: what the row itself found wrong.
        left: tasks, sockets and model sessions that outlived the call.
    """

    fault: Fault
    ending: str = "nothing at all"
    silence_secs: float = 0.0
    outcome: str = "no record"
    booked: int = 0
    lines: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])

    @property
    def problems(self) -> list[str]:
        """Why the row is not survived; empty when it is."""
        wanted = self.fault
        found = list(self.wrong)
        if self.ending != wanted.ending:
            found.append(f"ended with {self.ending}, not with {wanted.ending}")
        outcomes = OUTCOMES[wanted.ending] if wanted.outcome is None else {wanted.outcome}
        if self.outcome not in outcomes:
            found.append(f"the record says {self.outcome}")
        if self.booked != wanted.appointments:
            found.append(f"{self.booked} appointments, not {wanted.appointments}")
        if self.silence_secs > wanted.longest_silence_secs:
            found.append(f"silent for {self.silence_secs:.1f} s")
        found += [
            f"logged: {line}"
            for line in self.lines
            if not any(words in line for words in wanted.allowed)
        ]
        found += [
            f"not logged: {words}"
            for words in wanted.logged
            if not any(words in line for line in self.lines)
        ]
        return found + [f"left behind: {what}" for what in self.left]


async def play(fault: Fault, templates: Templates, folder: Path, book: LogBook) -> Trial:
    """Play a row in an event loop of its own.

    Args:
        fault: the row.
        templates: databases to copy.
        folder: an empty one.
        book: catches what is logged.
    """
    trial = Trial(fault)
    clerk = Clerk(fault.answers)
    with book.lines_of(fault.name, trial.lines):
        async with (
            RealtimeSimulator(lambda: clerk, **fault.knobs) as model,
            set_up(fault, templates, folder, model.url) as stage,
        ):
            before = asyncio.all_tasks(), _sockets()
            try:
                async with asyncio.timeout(LONGEST_ROW_SECS):
                    record, satisfied = await _call(fault, model, stage, clerk)
                    _judge(trial, record, satisfied)
                    trial.wrong += await fault.check(After(record, stage, model, clerk))
            except Exception as error:  # one row less, and not the end of the matrix
                trial.wrong.append(f"{type(error).__name__}: {error}")
            if fault.where != "postgres":  # connections to it are kept
                trial.left += await _left(model, *before)
            await _read_database(trial, stage.database_url)
            if isinstance(stage.product, ServerProcess):
                trial.lines += [line for line in stage.product.complaints if _RECORD.search(line)]
    return trial


async def _call(
    fault: Fault, model: RealtimeSimulator, stage: Stage, clerk: Clerk
) -> tuple[CallRecord, bool]:
    """What Twilio saw, and whether the caller said all they had to say."""

    async def script(line: Line) -> None:
        nonlocal satisfied
        assert isinstance(line, FaultyLine)
        if fault.greeted:
            await line.listen(settle_secs=0.3)
        await fault.happen(Scene(line, model, stage, clerk))
        for _ in range(WISHES):
            await line.play(_wish())
            await line.listen(settle_secs=0.5)
            if await read_appointments(stage.database_url, "America/New_York"):
                break
        await line.play(_wish())
        await line.listen(settle_secs=0.5)
        satisfied = True

    satisfied = False
    await fault.ring(stage)
    record = await place_call(
        stage.product.voice_url,
        replace(ACCOUNT, fallback_url=stage.fallback_url),
        from_=CALLER,
        script=script,
        voicemail="Please call me back.",
        line=partial(FaultyLine, **fault.line),
        **fault.call,
    )
    return record, satisfied


def _wish() -> bytes:
    return VOICE.speak("Hot stones, please.")


def _judge(trial: Trial, record: CallRecord, satisfied: bool) -> None:
    if satisfied and record.verbs == ["connect"]:
        trial.ending = "goes on"
    elif any(verb.startswith("dial:") for verb in record.verbs):
        trial.ending = "person"
    elif record.recordings:
        trial.ending = "message"
    elif record.ended_by == "the caller":
        trial.ending = "caller left"
    else:
        trial.ending = f"{', '.join(record.verbs)}, ended by {record.ended_by}"
    if record.stream is not None:
        trial.silence_secs = record.stream.longest_silence_secs


async def _read_database(trial: Trial, database_url: str) -> None:
    """What the database says, once it says how the call ended or has had the time to."""
    engine = build_engine(database_url)
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLE_SECS
    while True:
        async with build_sessions(engine)() as session:
            row = await session.scalar(select(CallRow))
        if row is None or row.ended_at is not None or loop.time() > until:
            break
        await asyncio.sleep(0.05)
    trial.outcome = row.outcome if row else trial.outcome
    trial.booked = len(await read_appointments(database_url, "America/New_York"))
    await engine.dispose()


async def _left(
    model: RealtimeSimulator, tasks: set[asyncio.Task[None]], sockets: int
) -> Sequence[str]:
    """What is still there when the call has had time to tidy up."""

    def left() -> list[str]:
        more = asyncio.all_tasks() - tasks
        found = [f"task {task.get_name()} {task.get_coro()}" for task in more]
        found += ["model session" for session in model.sessions if not session.closed.is_set()]
        return found + ["socket"] * (_sockets() - sockets)

    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLE_SECS
    while left() and loop.time() < until:  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.02)
    return left()


def _sockets() -> int:
    """How many sockets this event loop watches."""
    selector = vars(asyncio.get_running_loop())["_selector"]  # asyncio has no public list of them
    return len(selector.get_map())
