"""What machines ask of a process: whether it lives, takes calls, and what it has counted."""

import asyncio
from collections.abc import Mapping
from importlib.metadata import version

from fastapi import Request, Response, status
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse

from api import check_bearer
from booking.text_message import TextStatus
from calls.metrics import CallMetrics
from database import DATABASE_ERRORS
from webhooks.switchboard import switchboard

LAG_EVERY_SECS = 1.0
"""How often the event loop is asked how late it is."""

OWED = (TextStatus.WAITING, TextStatus.SENDING, TextStatus.FAILED)

DATABASE_SECS = 2.0
"""Who asks whether we are ready gives up soon, and so do we."""


async def index() -> dict[str, str]:
    """Name and version."""
    return {"name": "spaline", "version": version("spaline")}


async def health() -> dict[str, str]:
    """Whether the process runs."""
    return {"status": "ok"}


async def ready(request: Request) -> JSONResponse:
    """Whether the next call would be taken; if not, why not."""
    board = switchboard(request)
    reason: str | None = board.lines.refusal
    if reason is None:
        try:
            async with asyncio.timeout(DATABASE_SECS):
                await board.records.check()
        except (*DATABASE_ERRORS, TimeoutError) as error:
            logger.error("Not ready: the database does not answer ({})", type(error).__name__)
            reason = "the database does not answer"
    return JSONResponse(
        {"ready": reason is None, "reason": reason}
        | {"calls": board.lines.taken, "max_calls": board.lines.count},
        status.HTTP_200_OK if reason is None else status.HTTP_503_SERVICE_UNAVAILABLE,
    )


async def metrics(request: Request) -> Response:
    """Counts for who has the token; without a token in the settings, for nobody."""
    check_bearer(request, request.app.state.metrics_token, "METRICS_TOKEN")
    board, counted = switchboard(request), request.app.state.receptionist.metrics
    lines = {"taken": board.lines.taken, "most": board.lines.count}
    texts: Mapping[str, int] = {}
    try:
        async with asyncio.timeout(DATABASE_SECS):
            texts = await board.outbox.counts(*OWED)
    except (*DATABASE_ERRORS, TimeoutError) as error:  # what is counted here is wanted all the more
        logger.error("Texts cannot be counted: {}", type(error).__name__)
    return Response(counted.exposition(lines, texts), media_type=CONTENT_TYPE_LATEST)


async def watch_the_loop(counted: CallMetrics) -> None:
    """Count once how late the event loop wakes us."""
    loop = asyncio.get_running_loop()
    due = loop.time() + LAG_EVERY_SECS
    await asyncio.sleep(LAG_EVERY_SECS)
    counted.lagged(max(loop.time() - due, 0.0))
