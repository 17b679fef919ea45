"""What the browser loads is, byte for byte, what the locked npm packages hold."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "dashboard" / "assets"
VENDOR = ROOT / "dashboard" / "static" / "vendor"

OURS = {"event-calendar.LICENSE"}
"""Its package does not bring the text."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


MANIFEST: list[dict[str, str]] = read(ASSETS / "manifest.json")
LOCKED: dict[str, dict[str, str]] = read(ASSETS / "package-lock.json")["packages"]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_that_of_its_locked_package(entry: dict[str, str]) -> None:
    locked = LOCKED[f"node_modules/{entry['package']}"]
    assert (entry["version"], entry["integrity"]) == (locked["version"], locked["integrity"])
    content = (ROOT / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_nothing_else_is_vendored() -> None:
    listed = {ROOT / entry["file"] for entry in MANIFEST}
    folders = {path.parent for path in listed}
    assert VENDOR in folders
    found = {path for folder in folders for path in folder.iterdir() if path.name not in OURS}
    assert found == listed


def test_the_lock_names_no_registry() -> None:
    assert "://" not in (ASSETS / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_npm_gives_the_same_file(entry: dict[str, str]) -> None:
    installed = ASSETS / "node_modules"
    if not (installed / ".ready").exists():
        pytest.skip("npm ci has not run: make assets")
    package = read(installed / ".package-lock.json")["packages"][f"node_modules/{entry['package']}"]
    assert package["integrity"] == entry["integrity"]
    given = (installed / entry["package"] / entry["source"]).read_bytes()
    assert given == (ROOT / entry["file"]).read_bytes()
