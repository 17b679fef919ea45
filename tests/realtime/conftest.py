from collections.abc import Iterator

import pytest
from loguru import logger


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the model's side logs during the test, as `LEVEL message`."""
    lines: list[str] = []
    sink = logger.add(
        lambda line: lines.append(str(line).rstrip("\n")),
        level="DEBUG",
        filter="realtime",
        format=lambda _: "{level.name} {message}\n",
    )
    yield lines
    logger.remove(sink)
