"""`python -m evals`: scripted evals with a stand-in for the model; `--live` with the real one."""

import asyncio
import os
from pathlib import Path

import typer
from dotenv import load_dotenv
from rich.console import Console

from evals.play import play, simulate
from evals.scenes import SCENES, SIMULATED

app = typer.Typer(pretty_exceptions_enable=False)

KEY = "OPENAI_API_KEY"


@app.command()
def main(
    names: list[str] = typer.Argument(None, help="Which ones; all without it."),  # noqa: B008  typer's way
    live: bool = typer.Option(False, help="The real model, and simulated callers; costs money."),
    folder: Path = typer.Option(Path("build/evals"), help="Where logs and recordings go."),  # noqa: B008  typer's way
) -> None:
    """Play evals one after the other; the exit code is 1 when one did not pass."""
    load_dotenv(".env")
    console = Console()
    if live and not os.environ.get(KEY):
        console.print(f"Skipped: the real model needs {KEY}, in the environment or in .env.")
        return
    problems = asyncio.run(_play_all(set(names or ()), folder, live=live))
    for problem in problems:
        console.print(problem, style="bold red", markup=False)
    raise typer.Exit(bool(problems))


async def _play_all(names: set[str], folder: Path, *, live: bool) -> list[str]:
    settings = {KEY: os.environ[KEY]} if live else None
    problems: list[str] = []
    for scene in SCENES:
        if not names or scene.name in names:
            problems += await play(scene, folder / scene.name, settings)
    for file in sorted(SIMULATED.glob("*.yaml")) if settings else ():
        if not names or file.stem in names:
            problems += await simulate(file, folder / file.stem, settings or {})
    return problems


if __name__ == "__main__":
    app()
