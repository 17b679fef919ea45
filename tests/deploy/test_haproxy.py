"""HAProxy before replicas that are busy; those that die are in `tests/e2e/test_replicas.py`."""

import asyncio

import httpx
from aiohttp import web

from simulator.child import free_port
from tests.e2e.proxy import proxy

SLOW_SECS = 1.2
"""Longer than it is from one check to the next."""

ROUND = 4
"""Checks: of two replicas, whether they live and whether they are ready."""


async def test_replicas_that_answer_slowly_are_not_taken_for_dead() -> None:
    checks, port = 0, free_port()

    async def look(request: web.Request) -> web.Response:
        nonlocal checks
        checks += 1
        await asyncio.sleep(SLOW_SECS)
        return web.Response()

    async def after(request: web.Request) -> web.Response:
        return web.Response(text="a person")

    app = web.Application()
    app.router.add_get("/{check:health|ready}", look)
    app.router.add_post("/voice/after", after)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with proxy(free_port(), (port, port)) as origin, httpx.AsyncClient() as http:
            async with asyncio.timeout(20):
                while checks <= 2 * ROUND:  # noqa: ASYNC110  the proxy tells nobody what it found
                    await asyncio.sleep(0.05)
            assert (await http.post(f"{origin}/voice/after")).text == "a person"
    finally:
        await runner.cleanup()
