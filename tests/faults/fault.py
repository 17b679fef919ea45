"""One row of the fault matrix: what goes wrong, and how the call has to end all the same."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.caller import CallRecord, Line
from simulator.realtime import RealtimeSimulator, Session
from tests.e2e.product import Product
from tests.faults.clerk import Answer, Clerk

Ending = Literal["goes on", "person", "message"]
"""The three ways in which a call may end; there is no fourth."""

HANDED_OVER = (
    "Call is handed over",
    "can no longer do its job",
    " error: ",
    "Model session that was opened early is lost",
)
"""How our log and Pipecat's tell that a person takes over; the last one when it is known early."""


@dataclass(frozen=True)
class Scene:
    """What a fault can reach while the caller listens to the greeting's end.

    Attributes:
        line: of the caller.
        model: the stand-in for the model's service.
        product: what is tested.
        clerk: what the model says.
    """

    line: Line
    model: RealtimeSimulator
    product: Product
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
    """

    record: CallRecord
    model: RealtimeSimulator
    clerk: Clerk


def fine(after: After) -> Sequence[str]:
    """Nothing else is looked at."""
    return ()


async def nothing(scene: Scene) -> None:
    """The fault was there from the start."""


@dataclass(frozen=True)
class Fault:
    """A row.

    Attributes:
        name: of the fault.
        ending: how the call has to end.
        happen: brings the fault about.
        greeted: whether that is when the caller has heard the greeting; else at once.
        answers: what the model gives in place of its first answers to the caller's wish.
        knobs: of the model's service.
        settings: of the product.
        logged: what the log has to say from warnings on, and nothing else; a call that is handed
            over says so too.
        booked: how many appointments there are then.
        check: gives what else is wrong in the end.
        quick: whether `make test` plays the row too.
    """

    name: str
    ending: Ending
    happen: Callable[[Scene], Awaitable[None]] = nothing
    greeted: bool = True
    answers: tuple[Answer, ...] = ()
    knobs: dict[str, Any] = field(default_factory=dict[str, Any])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    logged: tuple[str, ...] = ()
    booked: int | None = None
    check: Callable[[After], Sequence[str]] = fine
    quick: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """What lines of the log may say."""
        return self.logged if self.ending == "goes on" else (*self.logged, *HANDED_OVER)

    @property
    def appointments(self) -> int:
        """How many appointments the caller has in the end."""
        return int(self.ending == "goes on") if self.booked is None else self.booked
