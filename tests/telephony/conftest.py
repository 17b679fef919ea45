from collections.abc import Iterator

import pytest
from hypothesis import settings
from loguru import logger

# How long one example takes is a fact about the machine.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the line logs during the test, as `LEVEL message`."""
    lines: list[str] = []
    sink = logger.add(
        lambda line: lines.append(str(line).rstrip("\n")),
        level="INFO",
        filter="telephony",
        format=lambda _: "{level.name} {message}\n",
    )
    yield lines
    logger.remove(sink)
