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


KINDS = ("to_model_ms", "to_caller_ms", "round_trip_ms", "to_clear_ms", "late_ms")
"""The samples that a watch collects."""


@dataclass(frozen=True)
class Figures:
    """One stretch of time under load.

    Attributes:
        calls: how many were under way.
        secs: how long.
        samples: of each kind, of all calls.
        pulses: how many left.
        lost: how many of all did not come back in time.
        dropped: calls that the server ended.
        faults: messages that Twilio would ignore.
        generator_busy: how much of a core the generator itself used, 0 to 1.
        server_cpu: how much of a core the server used; None when it cannot be told.
    """

    calls: int
    secs: float
    samples: dict[str, list[float]] = field(repr=False)
    pulses: int
    lost: int
    dropped: int
    faults: int
    generator_busy: float
    server_cpu: float | None = None

    @property
    def to_model(self) -> Spread:
        """Milliseconds from the caller to the model."""
        return spread(self.samples["to_model_ms"])

    @property
    def to_caller(self) -> Spread:
        """Milliseconds from the model to the caller."""
        return spread(self.samples["to_caller_ms"])

    @property
    def round_trip(self) -> Spread:
        """Milliseconds from the caller and back."""
        return spread(self.samples["round_trip_ms"])

    @property
    def to_clear(self) -> Spread:
        """Milliseconds from the model's `speech_started` to the caller's `clear`."""
        return spread(self.samples["to_clear_ms"])

    @property
    def late(self) -> Spread:
        """Milliseconds by which the caller's frames were late."""
        return spread(self.samples["late_ms"])

    @property
    def generator_is_limit(self) -> bool:
        """Whether the generator rather than the server may have made the figures."""
        return self.late.p99 > LATE_MS or self.generator_busy > BUSY


def together(slices: Sequence[Figures]) -> Figures:
    """The figures of several stretches, one after the other, as of one."""
    secs, last = sum(part.secs for part in slices), slices[-1]
    cpu = [part.server_cpu * part.secs for part in slices if part.server_cpu is not None]
    return Figures(
        calls=last.calls,
        secs=secs,
        samples={kind: [ms for part in slices for ms in part.samples[kind]] for kind in KINDS},
        pulses=sum(part.pulses for part in slices),
        lost=last.lost,
        dropped=last.dropped,
        faults=last.faults,
        generator_busy=sum(part.generator_busy * part.secs for part in slices) / secs,
        server_cpu=sum(cpu) / secs if cpu else None,
    )


def gather(watches: Iterable[CallWatch], name: str) -> list[float]:
    """The samples of one kind of all calls."""
    return [sample for watch in watches for sample in getattr(watch, name)]
