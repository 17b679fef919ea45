"""The image holds every module of the project, and nothing that helps who breaks in."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
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
    assert packages - {"bench", "evals", "reference", "tests"} <= wanted


def test_every_file_of_the_root_is_a_module_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    modules = set(project["tool"]["setuptools"]["py-modules"])
    assert modules == {path.stem for path in ROOT.glob("*.py")}


def stages() -> list[str]:
    """The text of each stage of the Dockerfile, without comments."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return re.split(r"^FROM ", "\n".join(lines), flags=re.MULTILINE)[1:]


def test_what_is_copied_is_enough_to_install_it(tmp_path: Path) -> None:
    app, python = tmp_path / "app", tmp_path / "venv" / "bin" / "python"
    app.mkdir()
    for line in re.findall(r"^COPY (?!--)(.+)$", stages()[0], flags=re.MULTILINE):
        *sources, target = line.split()
        for name in sources:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, app / target)
    venv.create(tmp_path / "venv", with_pip=False)
    steps = stages()[0].replace("\\\n", " ")
    (options,) = re.findall(r"pip install --no-cache-dir (--no-deps .+--editable \.)", steps)
    uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python))
    subprocess.run((*uv, *options.split()), cwd=app, check=True)  # noqa: S603  uv
    asked = "from importlib.util import find_spec; print(find_spec('server').origin)"
    told = subprocess.run((python, "-c", asked), cwd=tmp_path, check=True, capture_output=True)  # noqa: S603  the new environment
    assert Path(told.stdout.decode().strip()) == app / "server.py"


def test_the_last_stage_runs_as_nobody_in_particular_and_writes_to_its_volume_alone() -> None:
    last = stages()[-1]
    (user,) = re.findall(r"^USER (\S+)$", last, flags=re.MULTILINE)
    assert int(user) > 0
    assert last.index("USER ") < last.index("CMD [")
    assert "PYTHONDONTWRITEBYTECODE=1" in last
    (volume,) = re.findall(r"^VOLUME (\S+)$", last, flags=re.MULTILINE)
    assert f"sqlite+aiosqlite:///{volume}/" in last
    assert f"WORKDIR {volume}\n" in last


def test_the_last_stage_has_no_compiler_and_installs_nothing() -> None:
    last = stages()[-1]
    assert last.startswith("python:3.12-slim\n")
    for word in ("apt-get", "apk ", "pip install", "gcc", "curl", "wget", "ADD "):
        assert word not in last
    assert "--require-hashes" in stages()[0]


def test_the_image_says_whether_it_works_and_is_for_production() -> None:
    last = stages()[-1]
    assert "HEALTHCHECK" in last
    assert "/health" in last
    assert "ENVIRONMENT=production" in last


def test_no_secret_and_no_test_goes_into_the_image() -> None:
    text = "\n".join(stages())
    assert not re.search(r"(KEY|TOKEN|SECRET|PASSWORD)=", text)
    assert not re.search(r"^ARG ", text, flags=re.MULTILINE)
    assert "COPY . " not in text
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", ".git", "tests"} <= set(ignored)
