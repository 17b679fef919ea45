"""One row of the fault matrix: what goes wrong, and how the call has to end all the same."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from calls.records import Outcome
from simulator.caller import CallRecord
from simulator.faulty_line import FaultyLine
from simulator.realtime import RealtimeSimulator, Session
from tests.e2e.process import ServerProcess
from tests.e2e.product import Product
from tests.faults.clerk import Answer, Clerk
from tests.faults.proxy import Proxy

Where = Literal["sqlite", "postgres", "process", "two processes"]
"""The product in this process, on either database, or on SQLite in one or two of its own."""

Ending = Literal["goes on", "person", "message", "caller left"]
"""The three ways in which a call may end; there is no fourth but the caller's own."""

HANDED_OVER = (
    "Call is handed over",
    "can no longer do its job",
    " error: ",
    "Model session that was opened early is lost",
)
"""How our log and Pipecat's tell that a person takes over; the last one when it is known early."""

SLOW_MACHINE = (
    "Caller has heard nothing for 4.0 s, the agent is asked",
    "Marks do not come back, going on by the clock",
    "Chore failed: write what happened in calls",
    "Caller's audio stalls in the middle of a turn",
)
"""What a machine with too much to do may make of any row; how long it was silent is judged."""


LONGEST_SILENCE_SECS = 12.0
"""The promise is that someone is heard or the call is passed on after 8 seconds; the rest is what
a busy machine may add."""


@dataclass(frozen=True)
class Stage:
    """A product that runs.

    Attributes:
        product: where it is.
        database_url: of its database, past every fault.
        proxy: between it and PostgreSQL; None with SQLite.
        fallback_url: of the other process; None with one.
    """

    product: Product | ServerProcess
    database_url: str
    proxy: Proxy | None = None
    fallback_url: str | None = None


@dataclass(frozen=True)
class Scene:
    """What a fault can reach while the caller listens to the greeting's end.

    Attributes:
        line: of the caller.
        model: the stand-in for the model's service.
        stage: what is tested.
        clerk: what the model says.
    """

    line: FaultyLine
    model: RealtimeSimulator
    stage: Stage
    clerk: Clerk

    @property
    def session(self) -> Session:
        """The model's newest session."""
        return self.model.sessions[-1]


@dataclass(frozen=True)
class After:
    """What can be looked at when the call is over.

    Attributes:
        record: what Twilio saw.
        model: the stand-in for the model's service.
        clerk: what the model was asked.
        stage: what is tested.
    """

    record: CallRecord
    stage: Stage
    model: RealtimeSimulator
    clerk: Clerk


async def fine(after: After) -> Sequence[str]:
    """Nothing else is looked at."""
    return ()


async def all_is_well(stage: Stage) -> None:
    """The fault comes later."""


async def nothing(scene: Scene) -> None:
    """The fault was there from the start."""


@dataclass(frozen=True)
class Fault:
    """A row.

    Attributes:
        name: of the fault.
        ending: how the call has to end.
        ring: brings the fault about before the phone rings.
        happen: brings the fault about.
        greeted: whether that is when the caller has heard the greeting; else at once.
        answers: what the model gives in place of its first answers to the caller's wish.
        knobs: of the model's service.
        line: how Twilio's end of the stream misbehaves.
        call: how else the call is placed.
        settings: of the product.
        logged: what the log has to say from warnings on, and nothing else; a call that is handed
            over says so too.
        may_log: what it may say besides.
        booked: how many appointments there are then.
        check: gives what else is wrong in the end.
        where: where the product runs.
        outcome: what the call's record has to say, or that there is none; None for what the ending
            means.
        longest_silence_secs: how long the caller may hear nothing and say nothing.
        quick: whether `make test` plays the row too.
    """

    name: str
    ending: Ending
    ring: Callable[[Stage], Awaitable[None]] = all_is_well
    happen: Callable[[Scene], Awaitable[None]] = nothing
    greeted: bool = True
    answers: tuple[Answer, ...] = ()
    knobs: dict[str, Any] = field(default_factory=dict[str, Any])
    line: dict[str, Any] = field(default_factory=dict[str, Any])
    call: dict[str, Any] = field(default_factory=dict[str, Any])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    logged: tuple[str, ...] = ()
    may_log: tuple[str, ...] = ()
    booked: int | None = None
    check: Callable[[After], Awaitable[Sequence[str]]] = fine
    where: Where = "sqlite"
    outcome: Outcome | Literal["no record"] | None = None
    longest_silence_secs: float = LONGEST_SILENCE_SECS
    quick: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """What lines of the log may say."""
        handed_over = () if self.ending == "goes on" else HANDED_OVER
        return (*self.logged, *self.may_log, *handed_over, *SLOW_MACHINE)

    @property
    def appointments(self) -> int:
        """How many appointments the caller has in the end."""
        return int(self.ending == "goes on") if self.booked is None else self.booked
