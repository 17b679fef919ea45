import re
from collections.abc import Generator
from typing import Any

import pytest
from loguru import logger

from tests.e2e.product import ACCOUNT, DESK, SESSION_SECRET

SECRETS = ("sk-test", ACCOUNT.auth_token, SESSION_SECRET)
NUMBER = re.compile(r"\+\d{8,15}")
OUR_OWN = {ACCOUNT.number, DESK}
"""Numbers of the house, which are on its door."""

NOT_OURS = ("pipecat", "tests", "simulator")
"""Whose lines a production log has only from warnings on; see `calls.logs`."""


@pytest.fixture(autouse=True)
def quiet_log() -> Generator[None]:
    """Whatever a test plays, the log of it holds no secret and nobody's number."""
    lines: list[str] = []

    def wanted(record: Any) -> bool:
        ours = not (record["name"] or "").startswith(NOT_OURS)
        return ours or record["level"].no >= logger.level("WARNING").no

    sink = logger.add(
        lines.append,
        level="DEBUG",
        filter=wanted,
        format="{message}",
        backtrace=False,
        diagnose=False,
    )
    yield
    logger.remove(sink)
    text = "".join(lines)
    assert [secret for secret in SECRETS if secret in text] == []
    assert set(NUMBER.findall(text)) - OUR_OWN == set()
