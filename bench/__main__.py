"""`python -m bench`: what calls cost beside the peers, and what the booking desk costs."""

import gc
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from bench import booking
from bench.calls import measure_large_pieces, measure_small_frames
from bench.capacity import measure_capacity
from bench.chart import draw
from bench.endurance import measure_long_call, measure_many_calls
from bench.limit import measure_limit
from bench.machine import come_first, cores, facts
from bench.plan import Plan
from bench.report import OURS, RIVALS, Section, as_json, as_markdown
from bench.server import PEERS
from bench.turns import measure_barge_in, measure_first_word

PARTS: tuple[str, ...] = ("frames", "pieces", "word", "barge-in", "capacity", "long", "many")
QUICK_PARTS = PARTS[:4]
RESULTS = Path(__file__).parent / "results"

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def calls(
    quick: bool = typer.Option(False, help="One short round; says little on a busy machine."),
    folder: Path = typer.Option(RESULTS, help="Where the results go."),  # noqa: B008  typer's way
    only: str = typer.Option("", help="Peers that take part, with commas; all without it."),
    parts: str = typer.Option("", help=f"What is measured, of {', '.join(PARTS)}; all without it."),
) -> None:
    """Measure every peer side by side, print the tables and write them."""
    console = Console(width=140)
    came_first = come_first()
    server_core, own_core = cores()
    os.sched_setaffinity(0, {own_core})
    names = set(only.split(",")) if only else {peer.name for peer in PEERS}
    plan = Plan(
        peers=tuple(peer for peer in PEERS if peer.name in names and peer.is_installed),
        rounds=1 if quick else 5,
        secs=3 if quick else 5,
        levels=(25, 50),
        core=server_core,
    )
    gc.disable()  # a pause of the generator would be taken for one of the server's
    wanted = parts.split(",") if parts else list(QUICK_PARTS if quick else PARTS)
    began = time.monotonic()
    sections = uvloop.run(_measure(plan, console, quick=quick, parts=wanted))
    about = facts(came_first=came_first)
    about["took"] = f"{(time.monotonic() - began) / 60:.1f} minutes"
    for section in sections:
        console.print(_table(section), *section.notes, sep="\n")
    folder.mkdir(parents=True, exist_ok=True)
    draw(sections, folder / "calls.png")
    (folder / "calls.md").write_text(as_markdown(sections, about), encoding="utf-8")
    (folder / "calls.json").write_text(
        json.dumps(as_json(sections, about), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


async def _measure(plan: Plan, console: Console, *, quick: bool, parts: list[str]) -> list[Section]:
    """Every part in its turn; the peers take turns within each."""

    def show(what: str) -> None:
        console.print(f"[dim]{time.strftime('%H:%M:%S')} {what}[/]")

    # The search is long, and the ratios are to these.
    compared = tuple(peer for peer in plan.peers if peer.name in (OURS, *RIVALS))
    doing: dict[str, Callable[[], Awaitable[list[Section]]]] = {
        "frames": lambda: measure_small_frames(plan, show),
        "pieces": lambda: measure_large_pieces(replace(plan, rounds=min(plan.rounds, 2)), show),
        "word": lambda: measure_first_word(plan, show, 4 if quick else 12),
        "barge-in": lambda: measure_barge_in(plan, show, 6 if quick else 12),
        "capacity": lambda: measure_capacity(replace(plan, peers=compared), show, 200),
        "long": lambda: measure_long_call(plan, show, 30),
        "many": lambda: measure_many_calls(plan, show, 1000),
    }
    return [section for part in parts for section in await doing[part]()]


def _table(section: Section) -> Table:
    table = Table(title=section.title, title_justify="left")
    head, *rows = section.cells()
    for position, cell in enumerate(head):
        table.add_column(cell, justify="right" if position else "left")
    for row in rows:
        table.add_row(*row)
    return table


@app.command()
def limit(
    most: int = typer.Option(40, help="MAX_CALLS of the server."),
    secs: float = typer.Option(10.0, help="How long each half is measured."),
) -> None:
    """Measure the calls of a full process, alone and while many more are refused."""
    console = Console(width=140)
    came_first = come_first()
    server_core, own_core = cores()
    os.sched_setaffinity(0, {own_core})
    plan = Plan(peers=(), rounds=1, secs=secs, levels=(), core=server_core)
    gc.disable()  # as above
    for section in uvloop.run(measure_limit(plan, console.print, most)):
        console.print(_table(section), *section.notes, sep="\n")
    console.print(
        ", ".join(f"{name}: {value}" for name, value in facts(came_first=came_first).items())
    )


@app.command()
def desk(
    full: bool = typer.Option(False, help="Go up to a million appointments; takes minutes."),
) -> None:
    """Print what the use-cases of the desk cost; their growth with the book is the figure."""
    booking.run(booking.FULL_SIZES if full else booking.SIZES)


if __name__ == "__main__":
    app()
