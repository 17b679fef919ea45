"""What is released: a wheel with everything in it, a version, and what changed in it."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.release.wheel import ROOT, build_wheel, contents, due

NEEDED = (
    "browser_phone/static/",
    "dashboard/static/vendor/",
    "dashboard/templates/",
    "messaging/texts/",
    "migrations/versions/",
    "prompts/receptionist.md",
    "realtime/prices.toml",
    "simulator/scenarios/",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("release"))


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    files, data = contents(wheel)
    wanted = due()
    assert (wanted - files, files - wanted) == (set(), set())
    assert data == {"data/share/spaline/spa.toml"}
    for start in NEEDED:
        assert any(name.startswith(start) for name in files), start


def test_the_wheel_has_the_version_of_the_project(wheel: Path) -> None:
    assert wheel.name.startswith(f"spaline-{version('spaline')}-")


def test_the_version_is_written_in_one_place() -> None:
    pattern = re.compile(rf"""["']{re.escape(version("spaline"))}["']""")
    modules = [path for path in ROOT.glob("*.py") if pattern.search(path.read_text("utf-8"))]
    assert modules == []


def test_the_changelog_says_nothing_twice() -> None:
    """As a merge that keeps both sides makes it do."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^- [^:;,]+", text, re.MULTILINE)
    assert [head for head in set(heads) if heads.count(head) > 1] == []


def test_the_changelog_says_what_is_in_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)(?: .*)?\n\n### \w+\n- ", text, re.MULTILINE)
    assert first is not None
    assert first[1] == version("spaline")
