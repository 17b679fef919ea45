"""Charts as places on a picture, for the templates to draw as SVG. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, TOP, BOTTOM = 56, 12, 32
"""Around the bars: room for figures at the left, and for words below."""

TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart.

    Attributes:
        series: of which kind of figures, counted from 0.
        x: of its left edge.
        y: of its top.
        width: of it.
        height: of it.
        told: what it stands for, in words.
    """

    series: int
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in groups.

    Attributes:
        bars: of all series.
        groups: the words below the groups, and where their middle is.
        ticks: the figures at the left, and where they are.
    """

    bars: tuple[Bar, ...]
    groups: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[str, float], ...]


def bar_chart(labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Chart:
    """A chart with a group of bars for each label.

    Args:
        labels: of the groups.
        series: the figures of each kind, one for each label; None where there is none.
    """
    figures = [value or 0 for values in series.values() for value in values]
    top = _round_up(max(figures, default=0) or TICKS)
    if all(isinstance(figure, int) for figure in figures):
        top = max(top, TICKS)  # nobody counts in quarters
    height = HEIGHT - TOP - BOTTOM
    group = (WIDTH - LEFT) / max(len(labels), 1)
    width = group * 0.8 / max(len(series), 1)
    bars = tuple(
        Bar(
            place,
            round(LEFT + group * (index + 0.1) + width * place, 1),
            round(TOP + height * (1 - value / top), 1),
            round(width * 0.9, 1),
            round(height * value / top, 1),
            f"{labels[index]}, {name}: {value:g}",
        )
        for place, (name, values) in enumerate(series.items())
        for index, value in enumerate(values)
        if value is not None
    )
    return Chart(
        bars,
        tuple((label, round(LEFT + group * (at + 0.5), 1)) for at, label in enumerate(labels)),
        tuple(
            (f"{top * tick / TICKS:g}", round(TOP + height * (1 - tick / TICKS), 1))
            for tick in range(TICKS + 1)
        ),
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 8, 10, 20..., which four ticks divide well."""
    step = 0.01
    while True:
        for factor in (1, 2, 4, 8):
            if step * factor >= value:
                return round(step * factor, 2)
        step *= 10
