"""The run as a picture: every figure of ours as a part of the peers'."""

import math
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from bench.report import OURS, RIVALS, Section


def draw(sections: list[Section], path: Path) -> None:
    """Draw our ratio to each rival, one bar for each row, as PNG."""
    rows = [
        (f"{section.title}: {row.name}", row)
        for section in sections
        for row in section.rows
        if any(not math.isnan(row.ratio(rival)) for rival in RIVALS)
    ]
    figure = Figure(figsize=(11, 1.5 + 0.42 * len(rows)), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(RIVALS)
    for position, rival in enumerate(RIVALS):
        places = [place + position * height for place in range(len(rows))]
        ratios = [row.ratio(rival) for _, row in rows]
        lengths = [ratio - 1 for ratio in ratios]
        axes.barh(places, lengths, height, left=1, label=f"{OURS} ÷ {rival}")
        for place, ratio in zip(places, ratios, strict=True):
            if not math.isnan(ratio):
                side = "right" if ratio < 1 else "left"
                axes.text(ratio, place, f" {ratio:.2g} ", ha=side, va="center", fontsize=8)
    axes.set_yticks([place + height / 2 for place in range(len(rows))])
    axes.set_yticklabels([name for name, _ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.1)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("as a part of the other's; left of the line ours is lower")
    figure.legend(loc="outside upper center", ncols=len(RIVALS))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
