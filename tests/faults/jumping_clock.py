"""The server, run by `python -m`, whose clock jumps two hours ahead at SIGUSR1."""

import signal
import time

import time_machine

from cli import app

HOURS = 2


def jump(*_: object) -> None:
    """Let every clock of the process but the monotonic one go on from another moment."""
    time_machine.travel(time.time() + HOURS * 3600, tick=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, jump)
    app(["serve"])
