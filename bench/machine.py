"""The machine of a run, and how a run keeps its place on a busy one."""

import os
import platform
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")
FIRST = "-20"
"""The highest priority that is no real-time one."""

ORDINARY = "0"


def cores() -> tuple[int, int]:
    """The core of the servers and the core of the generator: the first and the last we may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def come_first() -> bool:
    """Let a run go before everything else on the machine; whether that was allowed.

    Linux shares a core among groups of processes first, so `nice` alone changes nothing.
    """
    return _take(FIRST)


@contextmanager
def among_others() -> Generator[None]:
    """Have no priority for a while, where a core is to be full.

    The threads of the kernel that carry packets and finish writes have none either: beside a full
    core that came first they would wait for seconds.
    """
    came_first = os.getpriority(os.PRIO_PROCESS, 0) == int(FIRST)
    if came_first:
        _take(ORDINARY)
    try:
        yield
    finally:
        if came_first:
            _take(FIRST)


def _take(priority: str) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, int(priority))
        AUTOGROUP.write_text(priority)
    except OSError:
        return False
    return True


def facts(*, came_first: bool) -> dict[str, str]:
    """What is worth knowing beside the figures."""
    packages = ("pipecat-ai", "fastapi", "uvicorn", "websockets", "uvloop")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "cores": "the server on one, the callers and the model on the other",
        "load": f"{os.getloadavg()[2]:.1f} in the last quarter of an hour, with the run itself",
        "priority": "raised above everything else" if came_first else "as everything else",
        "versions": ", ".join(
            [f"Python {platform.python_version()}"]
            + [f"{package} {version(package)}" for package in packages]
        ),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    return done.stdout.strip() or "unknown"
