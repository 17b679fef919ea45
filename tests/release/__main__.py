"""`make release-check`: the wheel in an environment of its own, and the demo from there."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest

from tests.release.wheel import ROOT, UV, build_wheel


def install(wheel: Path, folder: Path) -> Path:
    """A fresh environment with the locked packages and the wheel; gives its programs."""
    venv.create(folder, with_pip=False)
    into = (*UV, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"))
    locked = ("--require-hashes", "--requirement", str(ROOT / "requirements.lock"))
    subprocess.run((*into, *locked), check=True)  # noqa: S603  uv
    subprocess.run((*into, "--no-deps", str(wheel)), check=True)  # noqa: S603  uv
    return folder / "bin"


def run(command: tuple[str, ...], folder: Path) -> None:
    """Run a program of the new environment where nothing of the project is near."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    subprocess.run(command, check=True, cwd=folder, env=kept)  # noqa: S603  our own wheel


def main() -> int:
    """Check what a release promises; 0 if it holds."""
    if pytest.main(["-q", "-p", "no:cacheprovider", "tests/release", "tests/test_lock.py"]):
        return 1
    with tempfile.TemporaryDirectory(prefix="spaline-release-") as name:
        folder = Path(name)
        wheel = build_wheel(folder)
        programs = install(wheel, folder / "venv")
        empty = folder / "empty"
        empty.mkdir()
        run((str(programs / "spaline"), "--help"), empty)
        run((str(programs / "spaline"), "demo"), empty)
        sys.stdout.write(f"{wheel.name} books from a folder in which there is nothing else.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
