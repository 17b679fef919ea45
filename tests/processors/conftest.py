from collections.abc import Iterator

import pytest

from tests.log_lines import lines_of


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What our stages log during the test, as `LEVEL message`."""
    with lines_of("processors") as lines:
        yield lines
