"""A call as a picture: who spoke when, how long callers waited, which tools ran. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from calls.entries import ToolUse, Turn
from calls.receipts import Receipt

WIDTH = 1000
"""Of the picture, in its own units."""

THINNEST = 3.0
"""What took no time is still seen."""

Kind = Literal["caller", "agent", "wait", "tool"]


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that happened, from left to right.

    Attributes:
        kind: what; each has a row of its own, but that waits are in the agent's.
        x: where it begins.
        width: how wide it is.
        title: what a pointer on it is told.
    """

    kind: Kind
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture.

    Attributes:
        secs: how long the call was.
        bars: what happened.
        slowest_ms: the longest that the caller waited for an answer; None when nobody did.
    """

    secs: float
    bars: tuple[Bar, ...]
    slowest_ms: int | None


def happened(receipt: Receipt) -> list[Turn | ToolUse]:
    """What was said and done, in order."""
    return sorted((*receipt.turns, *receipt.tools), key=lambda entry: entry.at)


def timeline(receipt: Receipt, now: datetime) -> Timeline | None:
    """The picture of a call; None for one that nobody answered.

    How long somebody spoke is on no record: a turn is drawn until the next thing happens.

    Args:
        receipt: of the call.
        now: the end of a call that goes on.
    """
    begun = receipt.answered_at
    if begun is None:
        return None
    entries = happened(receipt)
    secs = max(((receipt.ended_at or now) - begun).total_seconds(), 1.0)

    def bar(kind: Kind, begin_secs: float, length_secs: float, what: str) -> Bar:
        begin = min(max(begin_secs, 0.0), secs)
        width = min(length_secs, secs - begin) / secs * WIDTH
        title = f"{clock(begin_secs)} {what}"
        return Bar(kind, round(begin / secs * WIDTH, 1), round(max(width, THINNEST), 1), title)

    bars: list[Bar] = []
    for number, entry in enumerate(entries):
        at = (entry.at - begun).total_seconds()
        if isinstance(entry, ToolUse):
            bars.append(bar("tool", at, (entry.duration_ms or 0) / 1000, entry.name))
            continue
        later = [(next_.at - begun).total_seconds() for next_ in entries[number + 1 :]]
        bars.append(bar(entry.who, at, (later[0] if later else secs) - at, entry.who))
        if entry.latency_ms is not None:
            wait = entry.latency_ms / 1000
            bars.append(bar("wait", at - wait, wait, f"answer after {entry.latency_ms} ms"))
    latencies = [turn.latency_ms for turn in receipt.turns if turn.latency_ms is not None]
    return Timeline(secs, tuple(bars), max(latencies, default=None))


def clock(secs: float) -> str:
    """Minutes and seconds, such as 1:05."""
    whole = max(int(secs), 0)
    return f"{whole // 60}:{whole % 60:02}"


def strokes(loud: list[int], middle: int, height: int) -> str:
    """The outline of a side of a recording, as the path of an SVG.

    Args:
        loud: how loud each part is, 0 to 127.
        middle: where silence is.
        height: of the loudest, up and down.
    """
    step = WIDTH / max(len(loud), 1)
    return "".join(
        f"M{number * step:.1f} {middle - reach:.1f}V{middle + reach:.1f}"
        for number, value in enumerate(loud)
        for reach in [max(value / 127 * height, 0.5)]
    )
