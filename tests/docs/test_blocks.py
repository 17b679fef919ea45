"""Every block of code in the documentation is tried: what is not is listed, with the reason."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.twiml_reader import read_twiml
from simulator.verbs import Connect
from tests.docs.shell import COMMANDS, NOT_RUN, attempt, files, reason
from tests.reference.pages import PAGES, ROOT, blocks

TRIED = {
    "python": "tests/reference/test_named.py, tests/docs/test_stage_examples.py",
    "yaml": "tests/reference/test_named.py",
    "diff": "tests/docs/test_swap_a_stage.py",
    "text": "tests/doctor/test_examination.py",
    "sh": "here",
    "xml": "here",
}
"""Where blocks of each language are tried."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_in_a_language_that_is_tried(page: Path) -> None:
    fences = re.findall(r"^ *```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(fences[1::2]) <= {""}
    assert {fence.split()[0] if fence else "none" for fence in fences[::2]} <= set(TRIED)


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_of_a_shell_block_is_understood(page: str, command: str) -> None:
    assert [name for name in files(command) if not (ROOT / name).exists()] == []
    if not reason(command):
        attempt(command)


def test_every_reason_not_to_try_is_needed() -> None:
    used = {reason(command) for _, command in COMMANDS}
    assert used - {""} == set(NOT_RUN.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_shell_can_read_the_shell_blocks(page: Path) -> None:
    read = ("bash", "-n")
    subprocess.run(read, input="\n".join(blocks(page, "sh")), text=True, check=True)  # noqa: S603  it runs nothing


def test_the_twiml_is_one_that_twilio_takes() -> None:
    (block,) = blocks(ROOT / "docs" / "deploy.md", "xml")
    (verb,) = read_twiml(block, "text/xml")
    assert isinstance(verb, Connect)


def test_python_blocks_are_formatted_as_our_code_is(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    for page in PAGES:
        for number, block in enumerate(blocks(page, "python")):
            name = f"{page.stem.lower().replace('-', '_')}_{number}.py"
            (folder / name).write_text(block, encoding="utf-8")
    config = ("--config", str(ROOT / "pyproject.toml"), "--config", f'src=["{ROOT}"]')
    for command in (("check", "--ignore", "D,S101,PLR2004"), ("format", "--check")):
        ruff = (sys.executable, "-m", "ruff", *command, "--no-cache", *config, str(tmp_path))
        done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  our own blocks
        assert done.returncode == 0, done.stdout
