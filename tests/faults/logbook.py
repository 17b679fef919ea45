"""Catches what is logged, by the row of the matrix that it was logged in."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from loguru import logger

_ROW: ContextVar[str] = ContextVar("row", default="")


class LogBook(logging.Handler):
    """Takes part in loguru and in the standard logging while it is entered.

    Attributes:
        strays: lines of nobody's.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.strays: list[str] = []
        self._lines: dict[str, list[str]] = {}
        self._sink = 0

    def __enter__(self) -> Self:
        self._sink = logger.add(self._take, level="WARNING", format="{message}")
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logger.remove(self._sink)
        logging.getLogger().removeHandler(self)

    @contextmanager
    def lines_of(self, row: str, lines: list[str]) -> Generator[None]:
        """Put what is logged by tasks that are begun in here into these lines."""
        self._lines[row] = lines
        token = _ROW.set(row)
        try:
            yield
        finally:
            _ROW.reset(token)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of the standard logging."""
        self._note(f"{record.levelname} {record.getMessage()}")

    def _take(self, message: Any) -> None:
        record = message.record
        self._note(f"{record['level'].name} {record['message']}")

    def _note(self, line: str) -> None:
        self._lines.get(_ROW.get(), self.strays).append(line)
