"""What Prometheus asks: `GET /metrics`."""

import asyncio
import hmac

from fastapi import HTTPException, Request, Response, status
from prometheus_client import CONTENT_TYPE_LATEST

from booking.models import TextStatus
from calls.metrics import CallMetrics
from webhooks.switchboard import switchboard

LAG_EVERY_SECS = 1.0
"""How often the event loop is asked how late it is."""

OWED = (TextStatus.WAITING, TextStatus.SENDING, TextStatus.FAILED)


async def metrics(request: Request) -> Response:
    """Counts for who has the token; without a token in the settings, for nobody."""
    token: str = request.app.state.metrics_token
    given = request.headers.get("authorization", "")
    if not token:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There are no metrics: METRICS_TOKEN.")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "The bearer token is not METRICS_TOKEN.")
    board, counted = switchboard(request), request.app.state.receptionist.metrics
    lines = {"taken": board.lines.taken, "most": board.lines.count}
    texts = await board.outbox.counts(*OWED)
    return Response(counted.exposition(lines, texts), media_type=CONTENT_TYPE_LATEST)


async def watch_the_loop(counted: CallMetrics) -> None:
    """Count once how late the event loop wakes us."""
    loop = asyncio.get_running_loop()
    due = loop.time() + LAG_EVERY_SECS
    await asyncio.sleep(LAG_EVERY_SECS)
    counted.lagged(max(loop.time() - due, 0.0))
