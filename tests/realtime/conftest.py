from collections.abc import Iterator

import pytest

from tests.log_lines import lines_of


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the model's side logs during the test, as `LEVEL message`."""
    with lines_of("realtime") as lines:
        yield lines
