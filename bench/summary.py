"""The few figures that the README shows, made from the results. Pure."""

from typing import Any

from bench.report import OURS, RIVALS, text

SHOWN = (
    ("CPU with 20 ms frames both ways, model echoes", "25 calls", "CPU a call, 25 calls"),
    ("CPU with 20 ms frames both ways, model echoes", "50 calls", "CPU a call, 50 calls"),
    ("CPU with the model's own pieces of 300 ms", "50 calls", "the same, pieces of 300 ms"),
    (
        "Added latency with 20 ms frames both ways",
        "caller to model, p50 at 50 calls",
        "caller to model, p50",
    ),
    (
        "Added latency with 20 ms frames both ways",
        "model to caller, p50 at 50 calls",
        "model to caller, p50",
    ),
    ("Memory", "for each call more", "memory of one call more"),
    ("First word", "p50", "first word, p50"),
    ("Barge-in with 50 calls", "p99", "barge-in to silence, p99"),
    ("Calls on a quarter of a core", "calls", "calls on a quarter of a core (more is better)"),
)
"""Section, row, and what the README calls it."""


def summary(results: dict[str, Any]) -> list[str]:
    """A table in Markdown: our own figures, and their ratios to the rivals'."""
    rows = {
        (section["title"], row["name"]): row
        for section in results["sections"]
        for row in section["rows"]
    }
    lines = [f"| | {OURS} | {' | '.join(f'÷ {rival}' for rival in RIVALS)} |", "|---|---|---|---|"]
    for title, name, label in SHOWN:
        row = rows[title, name]
        ratios = " | ".join(_text(row["ratio"][rival]) for rival in RIVALS)
        unit = "" if row["unit"] == "number" else f" {row['unit']}"
        lines.append(f"| {label} | {_text(row['median'].get(OURS))}{unit} | {ratios} |")
    return lines


def _text(value: float | None) -> str:
    return "-" if value is None else text(value)
