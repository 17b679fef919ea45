"""What is installed is what is locked, and what is locked cannot be exchanged."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-local.lock",
    "requirements-audit.lock",
)


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    """The requirements of a lock file with their hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    found: list[tuple[Requirement, list[str]]] = []
    for line in lines:
        if line and not line.startswith("#"):
            wanted, *hashes = line.split(" --hash=")
            found.append((Requirement(wanted), [given.strip() for given in hashes]))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_version_and_hash(name: str) -> None:
    requirements = locked(name)
    assert len(requirements) > 20
    for requirement, hashes in requirements:
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
        assert requirement.url is None, requirement
        assert hashes, requirement
        assert all(one.startswith("sha256:") and len(one) == 71 for one in hashes), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text.replace("--no-emit-index-url", "")


def test_what_is_installed_is_what_is_locked() -> None:
    wrong: list[str] = []
    for requirement, _ in locked("requirements-dev.lock"):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            installed = "nothing"
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement} is locked, {installed} is installed")
    assert wrong == []


def test_the_image_and_the_tests_use_the_same_versions() -> None:
    tested = {(one.name, one.specifier) for one, _ in locked("requirements-dev.lock")}
    served = {(one.name, one.specifier) for one, _ in locked("requirements.lock")}
    assert served <= tested
