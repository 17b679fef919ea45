"""How much is measured, and what every part of it has in common."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.report import Section
from bench.server import Peer
from simulator.load.figures import BUSY, LATE_MS, Figures

SETTLE_SECS = 1.0
FULL_CORE = 0.95
"""A server that uses so much of its core is full."""

Show = Callable[[str], None]
"""Is told what is being done."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        peers: who takes part.
        rounds: how often each has its turn.
        secs: how long each level is measured.
        levels: how many calls at once.
        core: of the servers; None for any.
    """

    peers: tuple[Peer, ...]
    rounds: int
    secs: float
    levels: tuple[int, ...]
    core: int | None = None


def judge_generator(section: Section, peer: Peer, figures: Figures) -> None:
    """Say so when the generator may have made the figures."""
    if figures.generator_is_limit:
        section.note(
            f"The generator may be the limit at {figures.calls} calls of {peer.name}: frames were "
            f"later than {LATE_MS:g} ms, or it used more than {BUSY:.0%} of its core."
        )
