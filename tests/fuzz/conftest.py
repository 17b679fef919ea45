import pytest

from tests.fuzz.inputs import TRIED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried, and what came of it."""
    for (what, outcome), count in sorted(TRIED.items()):
        terminalreporter.write_line(f"{count:7} {what}: {outcome}")
