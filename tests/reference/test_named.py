"""What the documentation names is there: commands, options, settings, files, modules."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from pipecat.adapters.llm.schemas.direct_function import DirectFunctionWrapper
from pipecat.evals.scenario import EvalScenarioFile
from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command

import cli
from settings import Settings
from simulator.__main__ import app as simulator
from simulator.scenario import Scenario
from tests.reference.pages import PAGES, ROOT, blocks, code, run

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\b[A-Z_]+\b", MAKEFILE))
SETTINGS = {name.upper() for name in Settings.model_fields}
CONSTANTS = {
    name
    for path in (*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/*.py"))
    for name in re.findall(r"^([A-Z_]+)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
}
# A placeholder, names of the sample, what the database of a Compose file wants, and a slip.
OTHERS = {"CALL_SID", "LOG_EVENT_TYPES", "SYSTEM_MESSAGE", "POSTGRES_PASSWORD", "MAX_CALL"}
OURS = {item.name for item in ROOT.iterdir()} - {"build"}
FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|md|toml|yaml|yml|cfg|json|lock)|(?:[\w.-]+/)+")
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@by_page
def test_every_target_of_make_is_there(page: Path) -> None:
    named = {name for words in code(page) for name in re.findall(r"\bmake ([a-z][\w-]*)", words)}
    assert named <= TARGETS


def test_make_tells_what_it_can() -> None:
    asked = ("make", "help")
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  our own Makefile
    named = re.findall(r"^(make .*)$", told.stdout, re.MULTILINE)
    assert {"make demo", "make phone", "make serve", "make test"} <= set(named)
    assert told.stdout.count("\n    ") == len(named)
    assert "`" not in told.stdout


def options(words: list[str], app: Typer) -> set[str]:
    """The options of the command that words name."""
    command = get_command(app)
    for word in words:
        if not isinstance(command, TyperGroup):
            break
        assert word in command.commands, words
        command = command.commands[word]
    return {option for param in command.params for option in param.opts} | {"--help"}


@by_page
def test_every_command_is_there_and_knows_its_options(page: Path) -> None:
    for words in code(page):
        for name, app in (("spaline", cli.app), ("python -m simulator", simulator)):
            for line in re.findall(rf"(?:^|[ /]){name} ([a-z-].*)$", words, re.MULTILINE):
                typed = line.split("#")[0].split()
                given = {word for word in typed if word.startswith("--")}
                assert given <= options(typed, app), line


@by_page
def test_every_setting_is_there(page: Path) -> None:
    named = {name for words in code(page) for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", words)}
    ours = {name for name in named if not name.startswith("OTEL_")}
    assert ours - VARIABLES - CONSTANTS - OTHERS <= SETTINGS


@by_page
def test_every_file_is_there(page: Path) -> None:
    for words in code(page):
        path = words.split("::")[0].split(":")[0]
        if FILE.fullmatch(path) and path.split("/")[0] in OURS:
            assert (ROOT / path).exists(), path


@by_page
def test_python_runs(page: Path) -> None:
    for block in blocks(page, "python"):
        run(block, page.name)


@by_page
def test_toml_and_yaml_can_be_read(page: Path) -> None:
    for block in blocks(page, "toml"):
        assert tomllib.loads(block)
    for block in blocks(page, "yaml"):
        assert yaml.safe_load(block)


def test_the_scenario_and_the_eval_of_the_testing_page_are_such(tmp_path: Path) -> None:
    scenario, scripted = blocks(ROOT / "docs" / "testing.md", "yaml")
    assert Scenario.model_validate(yaml.safe_load(scenario)).calls
    file = tmp_path / "parking.yaml"
    file.write_text(scripted, encoding="utf-8")
    assert EvalScenarioFile.load(file)["parking/asks"].user_audio


def test_the_tool_of_the_tools_page_is_one_that_the_model_understands() -> None:
    (block,) = blocks(ROOT / "docs" / "tools.md", "python")
    tool = run(block, "tools.md")["describe_parking"]
    schema = DirectFunctionWrapper(tool).to_function_schema()
    assert schema.description == "Look up where to park."
    assert schema.properties["vehicle"]["description"] == "car or bicycle."
