"""Plays the whole soak and prints its figures: `make soak`."""

import asyncio
from pathlib import Path

import typer

from database import upgrade
from tests.postgres import execute, open_postgres
from tests.soak.report import MAX_GROWTH_MB
from tests.soak.soak import soak

DATABASE = "spaline_soak"


def main(
    calls: int = 2000,
    at_once: int = 20,
    seed: int = 1,
    folder: Path = Path("build/soak"),
) -> None:
    """Make the calls against a server and a PostgreSQL of their own; its log stays in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_postgres() as server:
        execute(server, f"CREATE DATABASE {DATABASE}")
        url = server.set(database=DATABASE).render_as_string(hide_password=False)
        asyncio.run(upgrade(url))
        report = asyncio.run(soak(calls, at_once, seed, url, folder.resolve(), typer.echo))
        execute(server, f"DROP DATABASE {DATABASE} WITH (FORCE)")
    typer.echo(report)
    if report.problems or report.growth_mb > MAX_GROWTH_MB:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
