"""`python -m bench`: what calls cost beside the peers, and what the booking desk costs."""

import json
import os
from pathlib import Path

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from bench import booking
from bench.calls import Plan, measure_large_deltas, measure_small_frames
from bench.machine import come_first, cores, facts
from bench.report import Section, as_json, as_markdown
from bench.server import PEERS

RESULTS = Path(__file__).parent / "results"

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def calls(
    quick: bool = typer.Option(False, help="One short round; says little on a busy machine."),
    folder: Path = typer.Option(RESULTS, help="Where the results go."),  # noqa: B008  typer's way
    only: str = typer.Option("", help="Peers that take part, with commas; all without it."),
) -> None:
    """Measure every peer side by side, print the tables and write them."""
    console = Console()
    came_first = come_first()
    server_core, own_core = cores()
    os.sched_setaffinity(0, {own_core})
    names = set(only.split(",")) if only else {peer.name for peer in PEERS}
    plan = Plan(
        peers=tuple(peer for peer in PEERS if peer.name in names),
        rounds=1 if quick else 3,
        secs=3 if quick else 6,
        levels=(25, 50),
        core=server_core,
    )
    sections = uvloop.run(_measure(plan, console))
    about = facts(came_first=came_first)
    for section in sections:
        console.print(_table(section), *section.notes, sep="\n")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.md").write_text(as_markdown(sections, about), encoding="utf-8")
    (folder / "calls.json").write_text(
        json.dumps(as_json(sections, about), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


async def _measure(plan: Plan, console: Console) -> list[Section]:
    def show(what: str) -> None:
        console.print(f"[dim]{what}[/]")

    return await measure_small_frames(plan, show) + await measure_large_deltas(plan, show)


def _table(section: Section) -> Table:
    table = Table(title=section.title, title_justify="left")
    head, *rows = section.cells()
    for position, cell in enumerate(head):
        table.add_column(cell, justify="right" if position else "left")
    for row in rows:
        table.add_row(*row)
    return table


@app.command()
def desk(
    full: bool = typer.Option(False, help="Go up to a million appointments; takes minutes."),
) -> None:
    """Print what the use-cases of the desk cost; their growth with the book is the figure."""
    booking.run(booking.FULL_SIZES if full else booking.SIZES)


if __name__ == "__main__":
    app()
