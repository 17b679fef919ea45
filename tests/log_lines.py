"""What our code logs during a test."""

from collections.abc import Generator
from contextlib import contextmanager

from loguru import logger


@contextmanager
def lines_of(package: str, level: str = "DEBUG") -> Generator[list[str]]:
    """What a package of ours logs while it is entered, as `LEVEL message`."""
    lines: list[str] = []
    sink = logger.add(
        lambda line: lines.append(str(line).rstrip("\n")),
        level=level,
        filter=package,
        format=lambda _: "{level.name} {message}\n",
    )
    try:
        yield lines
    finally:
        logger.remove(sink)
