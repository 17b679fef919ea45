"""The demo: the real server, a scripted caller and a scripted model, all on this machine."""

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.caller import Account
from simulator.play import Event, Report, Stage, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.scenario import load_chain

# Twilio is played here, so its token is no secret.
ACCOUNT = Account("AC" + "0" * 32, "demo-token", "+15005550001")
START_SECS = 60.0
LAST_SCENARIO = "cancel"

COLOURS = {
    "call": "bold magenta",
    "caller": "cyan",
    "agent": "green",
    "tool": "yellow",
    "result": "dim",
    "end": "magenta",
}


class DemoFailed(Exception):
    """The server did not start; the message says why."""


async def play(wav_folder: Path = Path("demo-output")) -> int:
    """Play the demo; 0 only if every appointment is as it must be."""
    console = Console()
    wav_folder.mkdir(parents=True, exist_ok=True)
    stage = Stage()
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite+aiosqlite:///{folder}/demo.db"
        async with (
            RealtimeSimulator(stage) as model,
            running_server(model.url, database_url, Path("demo-output/server.log")) as origin,
        ):
            reports: list[Report] = []
            for scenario in load_chain(LAST_SCENARIO):
                report = await play_scenario(
                    scenario,
                    stage=stage,
                    account=ACCOUNT,
                    voice_url=f"{origin}/voice",
                    database_url=database_url,
                    wav_folder=wav_folder,
                    show=lambda event: _show(console, event),
                )
                reports.append(report)
                _show_report(console, report)
    return 1 if any(report.problems for report in reports) else 0


@asynccontextmanager
async def running_server(
    model_url: str, database_url: str, log_path: Path
) -> AsyncGenerator[str, None]:
    """The product in a process of its own; gives its origin.

    Raises:
        DemoFailed: it did not start.
    """
    port = _free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "OPENAI_API_KEY": "sk-demo",
        "OPENAI_REALTIME_URL": model_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "PUBLIC_URL": origin,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "INFO",
        "ENVIRONMENT": "development",
    }
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", env=environment, stdout=log, stderr=log
        )
        try:
            await _until_healthy(origin, process, log_path)
            yield origin
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def _until_healthy(origin: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(round(START_SECS / 0.1)):
            if process.returncode is not None:
                raise DemoFailed(f"the server stopped:\n{log_path.read_text()}")
            try:
                if (await http.get(f"{origin}/health")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise DemoFailed(f"the server did not answer in {START_SECS:.0f} s:\n{log_path.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _show(console: Console, event: Event) -> None:
    text = event.text
    if event.kind == "result":
        text = str(json.loads(text).get("message", text))
    label = {"call": "\nPhone rings", "end": "Call ended by"}.get(
        event.kind, event.kind.capitalize()
    )
    console.print(f"[{COLOURS[event.kind]}]{label}:[/] {escape(text)}")


def _show_report(console: Console, report: Report) -> None:
    table = Table(title="Appointments in the database", title_justify="left")
    for column in ("phone", "name", "treatment", "starts_at", "status"):
        table.add_column(column)
    for row in report.appointments:
        table.add_row(
            *(row[column] for column in ("phone", "name", "treatment", "starts_at", "status"))
        )
    console.print(table)
    for record in report.records:
        console.print(
            f"Answer latency of each turn: {record.latencies_ms} ms; heard: {record.wav_path}"
        )
    for problem in report.problems:
        console.print(f"[bold red]{escape(problem)}[/]")
