"""What `--help` shows as an example is a command line that is understood."""

import os
import re
import shlex
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli import app

RUNNER = CliRunner()
NAMES = {
    *("serve", "demo", "call show", "call export", "load", "doctor", "seed", "replay"),
    *("forget", "export-customer", "hash-password", "migrate", "calendars", "texts"),
}


def commands(group: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every command by its name, with that of its group; as click knows it, which typer hides."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, (*path, name))
        else:
            found[" ".join((*path, name))] = command
    return found


COMMANDS = commands(typer.main.get_group(app))


def test_every_command_is_there() -> None:
    assert set(COMMANDS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_help_of_a_command_shows_an_example_that_parses(name: str) -> None:
    told = RUNNER.invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
    examples = re.findall(r"^ *\$ spaline (.+?) *$", told, flags=re.MULTILINE)
    assert examples, told
    for example in examples:
        words = shlex.split(example)
        assert words[: len(name.split())] == name.split()
        for param in COMMANDS[name].params:
            if getattr(param, "prompt", None):  # nobody is there to be asked for a password
                param.prompt, param.required = None, False
        context = COMMANDS[name].make_context(name, words[len(name.split()) :])
        assert context.params.keys() == {param.name for param in COMMANDS[name].params} - {"help"}


def test_a_shell_completes_the_names_of_commands() -> None:
    asked = {"_SPALINE_COMPLETE": "complete_bash", "COMP_WORDS": "spaline hash", "COMP_CWORD": "1"}
    told = RUNNER.invoke(app, [], env={**os.environ, **asked}, prog_name="spaline")
    assert told.output.split() == ["hash-password"]
