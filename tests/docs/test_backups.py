"""A backup that was made and restored as docs/operations.md says has all that was booked."""

import os
import shlex
import sqlite3
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from booking.catalog import load_catalog
from booking.seed import seed
from booking.tables import AppointmentRow
from database import open_sessions
from tests.docs.shell import commands
from tests.postgres import tools
from tests.reference.pages import ROOT

PAGE = commands(ROOT / "docs" / "operations.md")


def written(name: str) -> list[str]:
    """The page's commands of a program."""
    return [command for command in PAGE if command.split()[0] == name]


def vacuum(command: str, folder: Path) -> None:
    """The command of SQLite's own shell, which not every machine has, by the same library."""
    _, file, statement = shlex.split(command)
    with closing(sqlite3.connect(folder / file)) as connection:
        connection.execute(statement.replace("INTO '", f"INTO '{folder}/"))


def shell(command: str, folder: Path, url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    path = f"{tools()}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "DATABASE_URL": plain}
    typed = ("bash", "-c", command)
    subprocess.run(typed, cwd=folder, env=environment, check=True)  # noqa: S603  a command of our own page


async def fill(url: str) -> int:
    async with open_sessions(url) as sessions:
        return await seed(load_catalog(ROOT / "spa.toml"), sessions, date(2026, 11, 30))


async def booked(url: str) -> int:
    async with open_sessions(url) as sessions, sessions() as session:
        return await session.scalar(select(func.count()).select_from(AppointmentRow)) or 0


async def lose(url: str) -> None:
    async with open_sessions(url) as sessions, sessions() as session:
        await session.execute(text("DELETE FROM audit"))
        await session.execute(text("DROP TABLE occupations"))
        await session.commit()


async def test_sqlite_comes_back_though_it_was_open(sqlite_url: str, tmp_path: Path) -> None:
    backup, restore = written("sqlite3")
    (remove,) = written("rm")
    async with open_sessions(sqlite_url) as sessions:
        made = await seed(load_catalog(ROOT / "spa.toml"), sessions, date(2026, 11, 30))
        assert (tmp_path / "spaline.db-wal").stat().st_size
        vacuum(backup, tmp_path)
    await lose(sqlite_url)
    shell(remove, tmp_path, sqlite_url)
    vacuum(restore, tmp_path)
    assert await booked(sqlite_url) == made > 0


async def test_postgresql_comes_back(postgres_url: str, tmp_path: Path) -> None:
    made = await fill(postgres_url)
    (backup,), (restore,) = written("pg_dump"), written("pg_restore")
    shell(backup, tmp_path, postgres_url)
    await lose(postgres_url)
    shell(restore, tmp_path, postgres_url)
    assert await booked(postgres_url) == made > 0
    async with open_sessions(postgres_url) as sessions, sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM occupations"))
