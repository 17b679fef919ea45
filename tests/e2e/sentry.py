"""A Sentry that takes envelopes by HTTP."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Sentry:
    """What was reported.

    Attributes:
        dsn: where to.
        events: in the order in which they came.
        raw: everything that came, for a grep.
    """

    dsn: str = ""
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    raw: bytes = b""

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110  who reports is another process
                await asyncio.sleep(0.02)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if body.startswith(b"\x1f\x8b"):
            body = gzip.decompress(body)
        self.raw += body
        lines = body.split(b"\n")[1:]
        while lines and lines[0]:
            header, payload, *lines = lines
            if json.loads(header)["type"] == "event":
                self.events.append(json.loads(payload))
        return web.json_response({"id": "0" * 32})


@asynccontextmanager
async def sentry() -> AsyncGenerator[Sentry]:
    """Take reports on a free port."""
    reported = Sentry()
    app = web.Application()
    app.router.add_post("/api/7/envelope/", reported.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reported.dsn = f"http://public@127.0.0.1:{runner.addresses[0][1]}/7"
    try:
        yield reported
    finally:
        await runner.cleanup()
