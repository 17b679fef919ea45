"""The examples of docs/test-a-stage.md are tests, and there is one for every stage."""

import ast
from pathlib import Path

import pytest

from tests.reference.pages import ROOT, blocks, run

PAGE = ROOT / "docs" / "test-a-stage.md"
EXAMPLES = {code.split("async def test_")[1].split("(")[0]: code for code in blocks(PAGE, "python")}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_holds(name: str) -> None:
    names = run(EXAMPLES[name], f"<{PAGE.name}: {name}>")  # no file, which coverage would read
    await names[f"test_{name}"]()


def imported(code: str) -> set[str]:
    """The modules that a block takes names from."""
    nodes = ast.walk(ast.parse(code))
    return {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_there_is_one_for_every_file_of_stages() -> None:
    shown = {
        module
        for code in EXAMPLES.values()
        if "await run_test(" in code
        for module in imported(code)
    }
    # What makes no class makes no stage.
    files = {
        path
        for path in Path(ROOT / "processors").glob("*.py")
        if "\nclass " in path.read_text(encoding="utf-8")
    }
    assert {f"processors.{path.stem}" for path in files} <= shown
