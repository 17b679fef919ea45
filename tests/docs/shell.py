"""The commands of the documentation's shell blocks, and how each is tried without its service."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from pipecatcloud.cli.commands.deploy import create_deploy_command
from pipecatcloud.cli.commands.secrets import secrets_cli

import cli
from tests.reference.pages import PAGES, ROOT, blocks

BACKUPS = "tests/docs/test_backups.py runs it on real databases"

NOT_RUN = {
    "git clone": "where it is cloned from is the reader's; `make release-check` builds from git",
    "$EDITOR": "what is written there is the reader's; booking and doctor have tests of spa.toml",
    "docker compose": "needs an engine; `make deploy-check` lets Compose itself read the files",
    "docker build": "needs an engine; tests/test_image.py installs what the image does",
    "docker push": "needs a registry",
    "kubectl": "needs a cluster; `make deploy-check` lets kubectl itself build the objects",
    "sqlite3": BACKUPS,
    "pg_dump": BACKUPS,
    "pg_restore": BACKUPS,
    "rm": BACKUPS,
    "fly": "Fly's own tool is in no registry; tests/deploy compares its file with the product",
}
"""Commands that only their files are looked at of, and why."""

MADE_BEFORE = {".env", "deploy/kubernetes/secret.yaml"}
"""What the reader has, once the blocks before were typed."""

_PLACEHOLDER = re.compile(r"^captures/CA|^tests/replay/captures/what_went_wrong")


def commands(page: Path) -> list[str]:
    """Every command of a page's shell blocks, without comments and what it sets for itself."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("   #")[0].split("&&")]
    return [re.sub(r"^([A-Z_]+=\S+ )+", "", part) for part in parts if part]


def reason(command: str) -> str:
    """Why it is not tried; "" for one that is."""
    found = [why for start, why in NOT_RUN.items() if f"{command} ".startswith(f"{start} ")]
    return found[0] if found else ""


def attempt(command: str) -> None:
    """Try it, as far as no service is needed; raises when it is wrong."""
    name, *words = shlex.split(command)
    TRIES[name](words)


def files(command: str) -> list[str]:
    """The files of ours that it names, and which have to be there."""
    words = shlex.split(command.replace("<", "").replace(">", ""))
    named = [word for word in words if "/" in word and (ROOT / word.split("/")[0]).exists()]
    return [word for word in named if word not in MADE_BEFORE and not _PLACEHOLDER.match(word)]


def _make(words: list[str]) -> None:
    """`make` knows the targets, and everything that they need."""
    dry = ("make", "--dry-run", *words)
    done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  our own Makefile
    assert done.returncode == 0, done.stderr


def _copy(words: list[str]) -> None:
    source, target = words
    assert _PLACEHOLDER.match(source) or (ROOT / source).is_file(), source
    assert (ROOT / target).parent.is_dir(), target


def _enter(words: list[str]) -> None:
    assert len(words) == 1


def _spaline(words: list[str]) -> None:
    _parse(typer.main.get_group(cli.app), words)


def _pipecat(words: list[str]) -> None:
    """`pipecat cloud`, which is Pipecat Cloud's own."""
    app = typer.Typer()
    create_deploy_command(app)
    app.add_typer(secrets_cli, name="secrets")
    assert words[0] == "cloud"
    _parse(typer.main.get_group(app), words[1:])


def _parse(group: Any, words: list[str]) -> None:
    """Let the program itself read the words; nothing is run."""
    while hasattr(group, "commands"):
        group, words = group.commands[words[0]], words[1:]
    group.make_context(group.name, list(words))


TRIES: dict[str, Callable[[list[str]], None]] = {
    "make": _make,
    "cp": _copy,
    "cd": _enter,
    "spaline": _spaline,
    "pipecat": _pipecat,
}
"""How a command is tried, by its first word."""

COMMANDS = [(page.name, command) for page in PAGES for command in commands(page)]
"""Every command, with its page."""
