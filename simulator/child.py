"""A server in a process of its own, from its start to its end."""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

START_SECS = 60.0
STOP_SECS = 10.0

PORTS = range(20_000, 32_000)
"""Below those that the kernel gives away: one of them could be taken before the server has it."""


class ServerFailed(Exception):
    """The server did not start; the message says why."""


def free_port() -> int:
    """A port that nobody listens on, and that nobody gets who asks for any."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@asynccontextmanager
async def running_child(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    origin: str,
    log_path: Path,
    health: str = "/health",
) -> AsyncGenerator[int]:
    """Start a server and wait until it is well; gives its process id.

    Args:
        command: that starts it.
        environment: of the process.
        origin: where it listens.
        log_path: where its output goes.
        health: the path that answers once it is well.

    Raises:
        ServerFailed: it did not start.
    """
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=log, stderr=log
        )
    try:
        await _until_healthy(f"{origin}{health}", process, log_path)
        yield process.pid
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_healthy(url: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(round(START_SECS / 0.1)):
            if process.returncode is not None:
                raise ServerFailed(f"The server stopped:\n{await _read(log_path)}")
            with suppress(httpx.TransportError):
                if (await http.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)
    raise ServerFailed(f"The server did not answer in {START_SECS:.0f} s:\n{await _read(log_path)}")


async def _read(log_path: Path) -> str:
    return await asyncio.to_thread(log_path.read_text)
