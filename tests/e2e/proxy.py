"""A real proxy before two replicas: HAProxy with the configuration of `deploy/`."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "deploy" / "haproxy.cfg"
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
MISSING = "HAProxy is missing and the test needs it: `make proxy`, or install it by hand"


@asynccontextmanager
async def proxy(port: int, replicas: tuple[int, int]) -> AsyncGenerator[str]:
    """Run the proxy on a port of 127.0.0.1; gives its origin once it reaches a replica."""
    program = shutil.which("haproxy", path=PLACES)
    assert program is not None, MISSING
    origin = f"http://127.0.0.1:{port}"
    names = ("REPLICA_1", "REPLICA_2")
    process = await asyncio.create_subprocess_exec(
        program,
        *("-db", "-q", "-f", str(CONFIG)),
        env={
            "LISTEN": f"127.0.0.1:{port}",
            **{name: f"127.0.0.1:{to}" for name, to in zip(names, replicas, strict=True)},
        },
    )
    try:
        while not await _answers(f"{origin}/ready"):
            assert process.returncode is None, "HAProxy did not start"
            await asyncio.sleep(0.05)
        yield origin
    finally:
        process.kill()
        await process.wait()


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient() as http:
        try:
            return (await http.get(url)).status_code == 200
        except httpx.TransportError:
            return False
