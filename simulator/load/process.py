"""What a process has used, as Linux tells it from outside."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A running process."""

    pid: int

    @property
    def _folder(self) -> Path:
        return Path("/proc") / str(self.pid)

    @property
    def cpu_secs(self) -> float:
        """Processor time of all its threads, in user and in kernel."""
        # The name in brackets may hold blanks; what follows it does not.
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mb(self) -> float:
        """Its share of memory: what it alone uses, and its part of what it shares."""
        lines = (self._folder / "smaps_rollup").read_text().splitlines()
        pss = next(line for line in lines if line.startswith("Pss:"))
        return int(pss.split()[1]) / 1024

    @property
    def open_files(self) -> int:
        """Files and sockets."""
        return len(list((self._folder / "fd").iterdir()))

    @property
    def threads(self) -> int:
        """Its threads."""
        return len(list((self._folder / "task").iterdir()))


@contextmanager
def on_core(core: int) -> Generator[None]:
    """Run on one core within the block; a process that is started there stays on it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
