"""How the process logs: loguru, one sink, text for people or json for machines."""

import logging
import sys
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

TEXT = "{time:HH:mm:ss.SSS} {level: <7} {extra[call_sid]} {message} <dim>({name}:{line})</dim>"


def set_up_logs(level: str, *, json: bool, speech: bool) -> None:
    """Log to standard error.

    Args:
        level: the least severe level of our own lines.
        json: one JSON object a line.
        speech: whether speech may be logged. Pipecat's own debug lines carry tool arguments
            and words of the conversation, so they need this too.
    """

    def wanted(record: "Record") -> bool:
        quiet = (record["name"] or "").startswith("pipecat") and not (speech and level == "TRACE")
        return not quiet or record["level"].no >= logging.WARNING

    logger.remove()
    logger.configure(extra={"call_sid": "-"})
    logger.add(
        sys.stderr,
        level=level,
        format="{message}" if json else TEXT,
        serialize=json,
        filter=wanted,
        backtrace=False,
        diagnose=False,  # a diagnosed traceback prints variables, and so personal data
    )
    # Libraries are heard when something is wrong: uvicorn would write every token that it sees.
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)


class _ToLoguru(logging.Handler):
    """Lines of libraries that use the standard logging (uvicorn, websockets, alembic)."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.opt(exception=record.exc_info).log(record.levelname, record.getMessage())
