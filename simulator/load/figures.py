"""What a load has measured. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from simulator.load.watch import CallWatch

LATE_MS = 5.0
"""A generator whose frames are later than this, one in a hundred, measures itself."""

BUSY = 0.85
"""Of its core: a generator that is busier than this measures itself, too."""


@dataclass(frozen=True)
class Spread:
    """How a number of samples is spread.

    Attributes:
        p50: half of them are not above it.
        p99: nor are ninety-nine of a hundred above this.
        count: how many there were.
    """

    p50: float
    p99: float
    count: int


def spread(samples: Sequence[float]) -> Spread:
    """The spread of some samples; NaN where there are none."""
    ordered = sorted(samples)
    if not ordered:
        return Spread(math.nan, math.nan, 0)

    def at(part: float) -> float:
        return ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)]

    return Spread(at(0.5), at(0.99), len(ordered))


@dataclass(frozen=True)
class Figures:
    """One stretch of time under load.

    Attributes:
        calls: how many were under way.
        secs: how long.
        to_model: milliseconds from the caller to the model.
        to_caller: milliseconds from the model to the caller.
        round_trip: milliseconds from the caller and back.
        to_clear: milliseconds from the model's `speech_started` to the caller's `clear`.
        late: milliseconds by which the caller's frames were late.
        pulses: how many left.
        lost: how many of them did not come back in time.
        dropped: calls that the server ended.
        generator_busy: how much of a core the generator itself used, 0 to 1.
        server_cpu: how much of a core the server used; None when it cannot be told.
    """

    calls: int
    secs: float
    to_model: Spread
    to_caller: Spread
    round_trip: Spread
    to_clear: Spread
    late: Spread
    pulses: int
    lost: int
    dropped: int
    generator_busy: float
    server_cpu: float | None = None
    samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]], repr=False)

    @property
    def generator_is_limit(self) -> bool:
        """Whether the generator rather than the server may have made the figures."""
        return self.late.p99 > LATE_MS or self.generator_busy > BUSY


def gather(watches: Iterable[CallWatch], name: str) -> list[float]:
    """The samples of one kind of all calls."""
    return [sample for watch in watches for sample in getattr(watch, name)]
