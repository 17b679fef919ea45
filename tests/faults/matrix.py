"""The whole matrix, and how it is played: many rows at once, for they mostly wait."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.fault import Fault
from tests.faults.line_faults import LINE_FAULTS
from tests.faults.logbook import LogBook
from tests.faults.model_faults import MODEL_FAULTS
from tests.faults.own_faults import OWN_FAULTS
from tests.faults.stage import open_templates
from tests.faults.trial import Trial, play

FAULTS: tuple[Fault, ...] = (*MODEL_FAULTS, *LINE_FAULTS, *OWN_FAULTS)

AT_ONCE = 4
"""A row needs an eighth of a core, and calls are judged by the clock."""


def play_all(faults: Iterable[Fault]) -> tuple[list[Trial], list[str]]:
    """Play rows, each in a thread of its own; gives them, and log lines that belong to none."""
    rows = list(faults)
    postgres = any(fault.where == "postgres" for fault in rows)
    with (
        TemporaryDirectory(prefix="spaline-faults-") as folder,
        open_templates(Path(folder), postgres=postgres) as templates,
        LogBook() as book,
    ):

        def one(fault: Fault) -> Trial:
            with TemporaryDirectory(dir=folder) as own:
                return asyncio.run(play(fault, templates, Path(own), book))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            trials = list(threads.map(one, rows))
        return trials, book.strays
