"""The wheel, built from what git knows and from nothing else that lies around."""

import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
UV = (sys.executable, "-m", "uv")

FOR_DEVELOPERS = ("dashboard/assets/*", "migrations/script.py.mako")
"""What makes files of the packages, and is not needed where they run."""


def tracked() -> list[str]:
    """Every file of the project, as git lists it, new ones too."""
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    told = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  git
    return [name for name in told.splitlines() if (ROOT / name).is_file()]


def build_wheel(folder: Path) -> Path:
    """Build it in a copy of the project, so that no old build leaks into it."""
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    build = (*UV, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(source))
    subprocess.run(build, check=True)  # noqa: S603  uv
    (wheel,) = folder.glob("*.whl")
    return wheel


def due() -> set[str]:
    """What has to be in it: the listed modules, and every file of the listed packages."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packages = setuptools["packages"]["find"]["include"]
    files = {
        name
        for name in tracked()
        if "/" in name and any(fnmatch(PurePosixPath(name).parts[0], one) for one in packages)
    }
    files = {name for name in files if not any(fnmatch(name, one) for one in FOR_DEVELOPERS)}
    return files | {f"{module}.py" for module in setuptools["py-modules"]}


def contents(wheel: Path) -> tuple[set[str], set[str]]:
    """The files of the packages, and the data beside them."""
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    data = {name for name in names if PurePosixPath(name).parts[0].endswith(".data")}
    return names - data, {name.partition("/")[2] for name in data}
