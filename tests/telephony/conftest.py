from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.log_lines import lines_of

# How long one example takes is a fact about the machine.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the line logs during the test, as `LEVEL message`."""
    with lines_of("telephony", "INFO") as lines:
        yield lines
