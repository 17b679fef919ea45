"""The demo: the real server, a scripted caller and a scripted model, all on this machine."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.caller import Account
from simulator.child import ServerFailed, free_port, running_child
from simulator.play import Event, Report, Stage, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import load_chain

# Twilio is played here, so its token is no secret.
ACCOUNT = Account("AC" + "0" * 32, "demo-token", "+15005550001")
LAST_SCENARIO = "cancel"

SAMPLE = Path(sys.prefix, "share", "spaline", "spa.toml")
"""The sample spa, where Spaline is installed from a wheel."""

COLOURS = {
    "call": "bold magenta",
    "caller": "cyan",
    "agent": "green",
    "tool": "yellow",
    "result": "dim",
    "end": "magenta",
    "text": "blue",
}


async def play(wav_folder: Path = Path("demo-output")) -> int:
    """Play the demo; 0 only if every appointment is as it must be."""
    console = Console()
    await asyncio.to_thread(wav_folder.mkdir, parents=True, exist_ok=True)
    try:
        reports = await _play_all(console, wav_folder)
    except ServerFailed as error:
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
    model_url: str, rest_url: str, database_url: str, log_path: Path, port: int = 0
) -> AsyncGenerator[str, None]:
    """The product in a process of its own, on a free port or that one; gives its origin.

    Raises:
        ServerFailed: it did not start.
    """
    port = port or free_port()
    origin = f"http://127.0.0.1:{port}"
    environment = {
        **_sample(),
        **os.environ,
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
    command = (sys.executable, "-m", "cli", "serve")
    async with running_child(command, environment, origin, log_path):
        yield origin


def _sample() -> dict[str, str]:
    return {} if Path("spa.toml").exists() else {"SPA_FILE": str(SAMPLE)}


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
        waits = ", ".join(map(str, record.latencies_ms)) or "none"
        sound = f"; recording: {record.wav_path}" if record.wav_path else ""
        console.print(f"From the caller's last word to each answer, in ms: {waits}{sound}")
    for problem in report.problems:
        console.print(f"[bold red]{escape(problem)}[/]")
