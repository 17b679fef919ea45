"""The product as a process of its own, as it runs in production."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from database import prepare_schema
from simulator.child import free_port
from tests.e2e.product import ACCOUNT, spa_file

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ServerProcess:
    """A server that runs.

    Attributes:
        origin: where it listens.
        database_url: its appointments and records.
        log: what it has written.
        process: for signals and the exit code.
    """

    origin: str
    database_url: str
    log: Path
    process: asyncio.subprocess.Process

    @property
    def voice_url(self) -> str:
        return f"{self.origin}/voice"

    async def ready(self) -> tuple[int, str | None]:
        """What /ready answers; (0, None) when nobody answers."""
        try:
            async with httpx.AsyncClient() as http:
                response = await http.get(f"{self.origin}/ready")
        except httpx.TransportError:
            return 0, None
        return response.status_code, response.json()["reason"]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    @property
    def complaints(self) -> list[str]:
        """The lines of its log that are more than news."""
        text = self.log.read_text(encoding="utf-8")
        return [line for line in text.splitlines() if " INFO " not in line]


@asynccontextmanager
async def server_process(
    model_url: str,
    folder: Path,
    *,
    name: str = "server",
    module: str = "cli serve",
    **changes: str,
) -> AsyncGenerator[ServerProcess]:
    """Start the server, with settings by the environment; whatever is left of it is killed.

    `module` is what `python -m` runs, with its arguments.
    """
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    values = {
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_REALTIME_URL": model_url,
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "PUBLIC_URL": origin,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/spaline.db",
        "SPA_FILE": str(spa_file(folder, is_open=True)),
        "SESSION_SECRET": "a secret of the tests",
        "LOG_SPEECH": "off",
    } | changes
    kept = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE")}
    await prepare_schema(values["DATABASE_URL"])
    log = folder / f"{name}.log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *module.split(),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | kept | values,
            cwd=folder,
            stderr=written,
        )
    running = ServerProcess(origin, values["DATABASE_URL"], log, process)
    try:
        while (await running.ready())[0] != 200:
            assert process.returncode is None, log.read_text(encoding="utf-8")
            await asyncio.sleep(0.05)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
