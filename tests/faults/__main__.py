"""Plays the whole matrix and prints it: `make faults`."""

import sys

from loguru import logger
from rich.console import Console
from rich.table import Table

from tests.faults.matrix import FAULTS, play_all


def main(words: list[str]) -> int:
    """Play the rows whose names hold one of the words, or all; gives the exit code."""
    logger.remove()
    faults = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    trials, strays = play_all(faults)
    table = Table("fault", "outcome", "longest silence", "record", "appointments", "left behind")
    for trial in trials:
        table.add_row(
            trial.fault.name,
            trial.ending,
            f"{trial.silence_secs:.1f} s",
            trial.outcome,
            str(trial.booked),
            ", ".join(trial.left) or "nothing",
        )
    console = Console(width=max(120, Console().width))
    console.print(table)
    for trial in trials:
        for problem in trial.problems:
            console.print(f"{trial.fault.name}: {problem}", markup=False)
    for line in strays:
        console.print(f"logged by no row: {line}", markup=False)
    survived = sum(not trial.problems for trial in trials)
    console.print(f"{survived} of {len(trials)} survived")
    return int(survived < len(trials) or bool(strays))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
