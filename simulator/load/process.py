"""What a process has used, as Linux tells it from outside."""

import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SCHED = 2
"""The kind of a processor clock that counts in nanoseconds."""

_LISTEN = "0A"
"""The state of a listening socket in the kernel's tables."""


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
        # What clock_getcpuclockid(3) gives: /proc counts only in hundredths of a second.
        return time.clock_gettime((~self.pid << 3) | _SCHED)

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

    @property
    def file_links(self) -> Iterator[str]:
        """What its open files are, as the kernel names them."""
        for file in (self._folder / "fd").iterdir():
            with suppress(OSError):  # it was closed meanwhile
                yield str(file.readlink())


def listening_on(port: int) -> Process | None:
    """The process that listens on a port of this machine; None when there is none to be seen."""
    inodes = {f"socket:[{inode}]" for inode in _listeners(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        process = Process(int(folder.name))
        with suppress(OSError):  # another user's, or gone
            if any(link in inodes for link in process.file_links):
                return process
    return None


def _listeners(port: int) -> Iterator[str]:
    """The inodes of the sockets that listen on a port."""
    for table in ("tcp", "tcp6"):
        for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


@contextmanager
def on_core(core: int | None) -> Generator[None]:
    """Run on one core within the block; a process that is started there stays on it.

    Args:
        core: which; None for wherever there is room.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
