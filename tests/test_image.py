"""The image holds every module of the project: Docker copies only what is listed."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_module_is_copied_into_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = project["tool"]["setuptools"]
    patterns = setuptools["packages"]["find"]["include"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    wanted = {f"{module}.py" for module in setuptools["py-modules"]}
    wanted |= {name for name in packages if any(fnmatch(name, pattern) for pattern in patterns)}
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert wanted - copied == set()
    assert packages - {"bench", "tests"} <= wanted


def test_every_file_of_the_root_is_a_module_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    modules = set(project["tool"]["setuptools"]["py-modules"])
    assert modules == {path.stem for path in ROOT.glob("*.py")}
