"""The tables of a run: medians of all rounds, and our ratios to the peers. Pure."""

import math
import statistics
from dataclasses import dataclass, field
from typing import Any

OURS = "spaline"
RIVALS = ("bridge", "stock")


@dataclass
class Row:
    """One figure of every peer.

    Attributes:
        name: what was measured.
        unit: of the values.
        values: of each peer, one for each round.
    """

    name: str
    unit: str
    values: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, peer: str, value: float) -> None:
        """Note what a round gave."""
        self.values.setdefault(peer, []).append(value)

    def median(self, peer: str) -> float:
        """The median of a peer's rounds; NaN where it has none."""
        values = [value for value in self.values.get(peer, []) if not math.isnan(value)]
        return statistics.median(values) if values else math.nan

    def ratio(self, rival: str) -> float:
        """Ours to a rival's; NaN where one is missing."""
        theirs = self.median(rival)
        return self.median(OURS) / theirs if theirs else math.nan


@dataclass
class Section:
    """A table.

    Attributes:
        title: what it is about.
        rows: what it holds.
        notes: what must be known to read it.
    """

    title: str
    rows: list[Row] = field(default_factory=list[Row])
    notes: list[str] = field(default_factory=list[str])

    def row(self, name: str, unit: str) -> Row:
        """The row of a name, made when it is new."""
        for row in self.rows:
            if row.name == name:
                return row
        self.rows.append(Row(name, unit))
        return self.rows[-1]

    def note(self, note: str) -> None:
        """Add a note, unless it is there already."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def peers(self) -> list[str]:
        """Those of whom it tells, in the order in which they came."""
        return list(dict.fromkeys(peer for row in self.rows for peer in row.values))

    def cells(self) -> list[list[str]]:
        """The rows as text: the name, the peers, the ratios to the rivals."""
        rivals = [rival for rival in RIVALS if rival in self.peers]
        head = ["", *self.peers, *(f"{OURS} ÷ {rival}" for rival in rivals)]
        return [head] + [
            [
                f"{row.name}, {row.unit}",
                *(text(row.median(peer)) for peer in self.peers),
                *(text(row.ratio(rival)) for rival in rivals),
            ]
            for row in self.rows
        ]


def text(value: float) -> str:
    """A figure with three digits that count; a dash for none."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004  three digits


def as_markdown(sections: list[Section], facts: dict[str, str]) -> str:
    """The whole run as a page."""
    lines = ["# What a call costs", ""]
    lines += [f"- {name}: {fact}" for name, fact in facts.items()]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        head, *rows = section.cells()
        lines += [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
        lines += [f"\n{note}" for note in section.notes]
    return "\n".join([*lines, ""])


def as_json(sections: list[Section], facts: dict[str, str]) -> dict[str, Any]:
    """The whole run for a machine: medians, ratios and every round."""
    return {
        "facts": facts,
        "sections": [
            {
                "title": section.title,
                "notes": section.notes,
                "rows": [
                    {
                        "name": row.name,
                        "unit": row.unit,
                        "median": {peer: _number(row.median(peer)) for peer in row.values},
                        "ratio": {rival: _number(row.ratio(rival)) for rival in RIVALS},
                        "rounds": {
                            peer: [_number(value) for value in values]
                            for peer, values in row.values.items()
                        },
                    }
                    for row in section.rows
                ],
            }
            for section in sections
        ],
    }


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else round(value, 4)
