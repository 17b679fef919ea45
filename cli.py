"""`spaline`: the commands."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from booking.text_message import TextMessage
    from calls.receipts import Receipt
    from privacy.forget import Forgotten

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)
calls = typer.Typer(no_args_is_help=True, help="What happened on the phone.")
app.add_typer(calls, name="call")


def _examples(*commands: str) -> str:
    """What the help of a command ends with; an empty line keeps lines apart."""
    return "\n\n".join(("Examples:", *(f"$ spaline {command}" for command in commands)))


SHORTEST_PASSWORD = 12
"""Of characters; it guards names, numbers and what people said."""


def settings_or_exit() -> Settings:
    """The settings, or one sentence and exit code 1."""
    try:
        return load_settings()
    except SettingsError as error:
        typer.echo(f"spaline: {error}", err=True)
        raise typer.Exit(1) from error


@app.command(epilog=_examples("serve"))
def serve() -> None:
    """Answer the phone."""
    from server import main

    main()


@app.command(epilog=_examples("migrate"))
def migrate() -> None:
    """Bring the database to this version's schema."""
    from database import upgrade

    settings = settings_or_exit()
    upgrade(settings.database_url)
    typer.echo("The database is up to date.")


@app.command("seed", epilog=_examples("seed"))
def fill() -> None:
    """Fill an empty database with three weeks of believable bookings."""
    from rich.console import Console

    from booking.seed import NotEmpty

    settings = settings_or_exit()
    try:
        with Console(stderr=True).status("Three weeks are booked"):
            made = asyncio.run(_seed(settings))
    except NotEmpty as error:
        typer.echo(f"spaline: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made} appointments were made.")


async def _seed(settings: Settings) -> int:
    from booking.catalog import load_catalog
    from booking.seed import seed
    from database import open_sessions, prepare_schema

    catalog = load_catalog(settings.spa_file)
    await prepare_schema(settings.database_url)
    async with open_sessions(settings.database_url) as sessions:
        today = datetime.now(catalog.spa.zone).date()
        return await seed(catalog, sessions, today)


@app.command(epilog=_examples("calendars"))
def calendars() -> None:
    """Print the addresses of the calendar feeds, to be kept secret."""
    from booking.catalog import load_catalog
    from calendars.keys import CalendarKeys

    settings = settings_or_exit()
    secret = settings.session_secret.get_secret_value()
    if not secret:
        typer.echo("spaline: SESSION_SECRET is missing: without it no address lasts", err=True)
        raise typer.Exit(1)
    catalog, keys = load_catalog(settings.spa_file), CalendarKeys(settings.public_url, secret)
    typer.echo(f"{catalog.spa.name}: {keys.spa_url()}")
    for person in catalog.therapists:
        typer.echo(f"{person.name}: {keys.therapist_url(person.name)}")


@app.command(epilog=_examples("texts"))
def texts() -> None:
    """Print the latest text messages and what became of them."""
    for text in asyncio.run(_texts(settings_or_exit())):
        told = f"{text.created_at:%Y-%m-%d %H:%M} UTC  {text.phone}  {text.kind}  {text.status}"
        typer.echo(f"{told}  {text.error}".rstrip())


async def _texts(settings: Settings) -> "tuple[TextMessage, ...]":
    from booking.outbox import Outbox
    from database import open_sessions

    async with open_sessions(settings.database_url) as sessions:
        return await Outbox(sessions, lambda: datetime.now(UTC)).latest()


@app.command("hash-password", epilog=_examples("hash-password"))
def make_hash(
    password: Annotated[
        str, typer.Option(prompt="The staff's password", confirmation_prompt=True, hide_input=True)
    ],
) -> None:
    """Print the hash of the staff's password, for DASHBOARD_PASSWORD."""
    from dashboard.password import hash_password

    if len(password) < SHORTEST_PASSWORD:
        typer.echo(f"spaline: a password needs {SHORTEST_PASSWORD} characters", err=True)
        raise typer.Exit(1)
    # In single quotes, because a hash has dollar signs.
    typer.echo(f"DASHBOARD_PASSWORD='{hash_password(password)}'")


@calls.command(epilog=_examples("call show CA00000000000000000000000000000001"))
def show(call_sid: str) -> None:
    """Print the receipt of a call."""
    from calls.printed import printed

    receipt = asyncio.run(_receipt(settings_or_exit(), call_sid))
    if receipt is None:
        typer.echo(f"spaline: no call {call_sid} rang here", err=True)
        raise typer.Exit(1)
    for line in printed(receipt):
        typer.echo(line)


async def _receipt(settings: Settings, call_sid: str) -> "Receipt | None":
    from calls.receipts import Receipts
    from database import open_sessions

    async with open_sessions(settings.database_url) as sessions:
        return await Receipts(sessions).of(call_sid)


@calls.command(epilog=_examples("call export --since 2026-11-01"))
def export(
    since: Annotated[datetime, typer.Option(help="Only calls that rang from then on, UTC.")],
) -> None:
    """Print the receipts of calls as JSON lines, the oldest first."""
    asyncio.run(_export(settings_or_exit(), since.replace(tzinfo=UTC)))


async def _export(settings: Settings, since: datetime) -> None:
    from calls.receipts import Receipts
    from database import open_sessions

    async with open_sessions(settings.database_url) as sessions:
        async for receipt in Receipts(sessions).since(since):
            typer.echo(json.dumps(receipt.as_json()))


@app.command("forget", epilog=_examples("forget +16175551212 --yes"))
def forget_person(
    phone: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a number, such as +16175551212, and whoever has it; appointments stay, nameless."""
    if not yes:
        typer.confirm(f"Erase {phone} for good?", abort=True)
    found = asyncio.run(_forget(settings_or_exit(), _number_or_exit(phone)))
    typer.echo(f"Forgotten: {found.customers} customers, {found.calls} calls.")
    if found.voicemails:
        typer.echo(f"Still at Twilio, delete them there: {', '.join(found.voicemails)}", err=True)
    if found.recordings:
        typer.echo(f"Recordings are not deleted: {', '.join(found.recordings)}", err=True)
    if found.voicemails or found.recordings:
        raise typer.Exit(1)


async def _forget(settings: Settings, phone: str) -> "Forgotten":
    from calls.shelf import Shelf
    from chores import open_voicemails
    from database import open_sessions
    from privacy.erase import Eraser

    shelf = Shelf(settings.recording_folder, settings.recording_url)
    async with (
        open_sessions(settings.database_url) as sessions,
        open_voicemails(settings) as voicemails,
    ):
        eraser = Eraser(sessions, shelf, voicemails, settings.capture_folder)
        return await eraser.erase(phone)


@app.command("export-customer", epilog=_examples("export-customer +16175551212"))
def export_customer(phone: str) -> None:
    """Print all that is known of a number and of whoever has it, as JSON."""
    number = _number_or_exit(phone)
    typer.echo(json.dumps(asyncio.run(_dossier(settings_or_exit(), number)), indent=2))


async def _dossier(settings: Settings, phone: str) -> dict[str, object]:
    from database import open_sessions
    from privacy.dossier import dossier

    async with open_sessions(settings.database_url) as sessions:
        return await dossier(sessions, phone)


def _number_or_exit(phone: str) -> str:
    from telephony.caller_id import caller_phone

    number = caller_phone(phone)
    if number is None:
        typer.echo(f"spaline: {phone} is no number in E.164, such as +16175551212", err=True)
        raise typer.Exit(1)
    return number


@app.command("doctor", epilog=_examples("doctor", "doctor --fix"))
def look(
    fix: Annotated[bool, typer.Option("--fix", help="Set the number up at Twilio.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON lines.")] = False,
) -> None:
    """Look at everything a call needs, call ourselves once, and say how to mend what is wrong."""
    from doctor.report import report

    if not asyncio.run(report(typer.echo, fix=fix, as_json=as_json)):
        raise typer.Exit(1)


@app.command(epilog=_examples("demo", "demo --phone --scenario barge_in"))
def demo(
    phone: Annotated[bool, typer.Option("--phone", help="Call yourself, from a browser.")] = False,
    scenario: Annotated[
        str, typer.Option(help="What the model plays then: a name or a .yaml file.")
    ] = "book",
    port: Annotated[int, typer.Option(help="Of the browser phone.")] = 8000,
) -> None:
    """Let three callers ring in, without keys and without a phone; or call from a browser."""
    from simulator.browser_demo import serve_phone
    from simulator.demo import play

    raise typer.Exit(asyncio.run(serve_phone(scenario, port) if phone else play()))


@app.command(epilog=_examples("replay captures/CA00000000000000000000000000000001.jsonl"))
def replay(
    file: Annotated[Path, typer.Argument(help="A capture, as CAPTURE_CALLS=true makes them.")],
    spa_file: Annotated[Path, typer.Option(help="The spa of the capture.")] = Path("spa.toml"),
) -> None:
    """Play a captured call against today's code; exit code 1 if anything we send has changed."""
    from booking.catalog import CatalogError
    from calls.logs import set_up_logs
    from replay.captured import NoCapture, read_captured
    from replay.compare import differences
    from replay.play import play

    set_up_logs("ERROR", json=False, speech=False)
    try:
        captured = read_captured(file)
        found = differences(captured, play(captured, spa_file))
    except (NoCapture, CatalogError) as error:
        typer.echo(f"spaline: {error}", err=True)
        raise typer.Exit(2) from error
    for line in found:
        typer.echo(line)
    sent = sum(row.way == "out" for row in captured.rows)
    typer.echo("It differs." if found else f"Nothing differs in {sent} messages that we send.")
    raise typer.Exit(1 if found else 0)


@app.command(epilog=_examples("load --calls 20", "load --calls 50 --seconds 30 --echo-port 9000"))
def load(
    count: Annotated[int, typer.Option("--calls", min=1, help="How many calls at once.")],
    seconds: Annotated[float, typer.Option(min=1, help="How long they are measured.")] = 15,
    url: Annotated[
        str, typer.Option(help="The voice webhook; that of PUBLIC_URL without it.")
    ] = "",
    echo_port: Annotated[
        int, typer.Option(help="Play a model that echoes on ws://127.0.0.1:PORT/v1/realtime.")
    ] = 0,
    chart: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("load.png"),
) -> None:
    """Let many callers ring in at a running server, and print how it did.

    Latency and loss are those of pulses that come back: start the server with OPENAI_REALTIME_URL
    at the model of --echo-port. With any other model they are unknown.
    """
    import uvloop
    from rich.console import Console

    from simulator.load.drive import Drive, drive, show_load
    from simulator.load.load import LoadFailed
    from simulator.webhooks import Account

    settings = settings_or_exit()
    token = next(iter(settings.auth_tokens), "")
    account = Account(
        settings.twilio_account_sid or "AC" + "0" * 32,
        token,
        settings.twilio_phone_number or "+15005550001",
    )
    plan = Drive(url or f"{settings.public_url}/voice", account, count, seconds, echo_port)
    try:
        report = uvloop.run(drive(plan, typer.echo))
    except LoadFailed as error:
        typer.echo(f"spaline: {error}", err=True)
        raise typer.Exit(1) from error
    show_load(Console(), report)
    try:
        from simulator.load.chart import draw
    except ImportError:
        typer.echo("No picture: pip install matplotlib")
        return
    draw(report, chart)
    typer.echo(f"The seconds are drawn in {chart}.")
