"""The demo: the real server, a scripted caller and a scripted model, all on this machine."""

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.caller import Account
from simulator.play import Event, Report, Stage, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import load_chain

# Twilio is played here, so its token is no secret.
ACCOUNT = Account("AC" + "0" * 32, "demo-token", "+15005550001")
START_SECS = 60.0
STOP_SECS = 10.0
LAST_SCENARIO = "cancel"

COLOURS = {
    "call": "bold magenta",
    "caller": "cyan",
    "agent": "green",
    "tool": "yellow",
    "result": "dim",
    "end": "magenta",
    "text": "blue",
}


class DemoFailed(Exception):
    """The server did not start; the message says why."""


async def play(wav_folder: Path = Path("demo-output")) -> int:
    """Play the demo; 0 only if every appointment is as it must be."""
    console = Console()
    await asyncio.to_thread(wav_folder.mkdir, parents=True, exist_ok=True)
    try:
        reports = await _play_all(console, wav_folder)
    except DemoFailed as error:
        console.print(f"[bold red]{escape(str(error))}[/]")
        return 1
    return 1 if any(report.problems for report in reports) else 0


async def _play_all(console: Console, wav_folder: Path) -> list[Report]:
    stage = Stage()
    reports: list[Report] = []
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite+aiosqlite:///{folder}/demo.db"
        async with (
            RealtimeSimulator(stage) as model,
            TwilioRest(ACCOUNT) as rest,
            running_server(model.url, rest.url, database_url, wav_folder / "server.log") as origin,
        ):
            for scenario in load_chain(LAST_SCENARIO):
                report = await play_scenario(
                    scenario,
                    stage=stage,
                    account=ACCOUNT,
                    voice_url=f"{origin}/voice",
                    database_url=database_url,
                    wav_folder=wav_folder,
                    show=lambda event: show_event(console, event),
                    rest=rest,
                )
                reports.append(report)
                show_report(console, report)
    return reports


@asynccontextmanager
async def running_server(
    model_url: str, rest_url: str, database_url: str, log_path: Path
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
        "TWILIO_API_URL": rest_url,
        "TWILIO_PHONE_NUMBER": ACCOUNT.number,
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


async def _until_healthy(origin: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(round(START_SECS / 0.1)):
            if process.returncode is not None:
                raise DemoFailed(f"The server stopped:\n{await _read(log_path)}")
            with suppress(httpx.TransportError):
                if (await http.get(f"{origin}/health")).is_success:
                    return
            await asyncio.sleep(0.1)
    raise DemoFailed(f"The server did not answer in {START_SECS:.0f} s:\n{await _read(log_path)}")


async def _read(log_path: Path) -> str:
    return await asyncio.to_thread(log_path.read_text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def show_event(console: Console, event: Event) -> None:
    """Print what happens, as it happens."""
    text = event.text
    if event.kind == "result":
        result = json.loads(text)
        text = str(result["message"]) if "message" in result else text
    label = {"call": "\nPhone rings", "end": "Call ended by"}.get(
        event.kind, event.kind.capitalize()
    )
    console.print(f"[{COLOURS[event.kind]}]{label}:[/] {escape(text)}")


def show_report(console: Console, report: Report) -> None:
    """Print what came of a scenario."""
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
