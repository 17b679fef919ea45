"""The whole matrix, and how it is played: many rows at once, for they mostly wait."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from database import upgrade
from tests.faults.fault import Fault
from tests.faults.logbook import LogBook
from tests.faults.model_faults import MODEL_FAULTS
from tests.faults.trial import Trial, play

FAULTS: tuple[Fault, ...] = (*MODEL_FAULTS,)

AT_ONCE = 8


def play_all(faults: Iterable[Fault]) -> tuple[list[Trial], list[str]]:
    """Play rows, each in a thread of its own; gives them, and log lines that belong to none."""
    with TemporaryDirectory(prefix="spaline-faults-") as folder, LogBook() as book:
        template = Path(folder, "template.db")
        upgrade(f"sqlite+aiosqlite:///{template}")

        def one(fault: Fault) -> Trial:
            with TemporaryDirectory(dir=folder) as own:
                return asyncio.run(play(fault, template, Path(own), book))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            trials = list(threads.map(one, faults))
        return trials, book.strays
