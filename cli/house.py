"""`spaline`: what the house runs on, and what it sends."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import examples, failed, settings_or_exit
from settings import Settings

if TYPE_CHECKING:
    from booking.text_message import TextMessage

app = typer.Typer()

SHORTEST_PASSWORD = 12
"""Of characters; it guards names, numbers and what people said."""


@app.command("serve", epilog=examples("serve"))
def run() -> None:
    """Answer the phone."""
    from calls.logs import set_up_logs

    settings = settings_or_exit()
    # Before Pipecat is imported, which already logs a line.
    set_up_logs(settings.log_level, json=settings.log_format == "json", speech=settings.logs_speech)
    from server import serve

    serve(settings)


@app.command(epilog=examples("migrate"))
def migrate() -> None:
    """Bring the database to this version's schema."""
    from database import upgrade

    settings = settings_or_exit()
    asyncio.run(upgrade(settings.database_url))
    typer.echo("The database is up to date.")


@app.command("seed", epilog=examples("seed"))
def fill() -> None:
    """Fill an empty database with three weeks of believable bookings."""
    from rich.console import Console

    from booking.seed import NotEmpty

    settings = settings_or_exit()
    try:
        with Console(stderr=True).status("Three weeks are booked"):
            made = asyncio.run(_seed(settings))
    except NotEmpty as error:
        raise failed(error) from error
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


@app.command(epilog=examples("calendars"))
def calendars() -> None:
    """Print the addresses of the calendar feeds, to be kept secret."""
    from booking.catalog import load_catalog
    from calendars.keys import CalendarKeys

    settings = settings_or_exit()
    secret = settings.session_secret.get_secret_value()
    if not secret:
        raise failed("SESSION_SECRET is missing: without it no address lasts")
    catalog, keys = load_catalog(settings.spa_file), CalendarKeys(settings.public_url, secret)
    typer.echo(f"{catalog.spa.name}: {keys.spa_url()}")
    for person in catalog.therapists:
        typer.echo(f"{person.name}: {keys.therapist_url(person.name)}")


@app.command(epilog=examples("texts"))
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


@app.command("hash-password", epilog=examples("hash-password"))
def make_hash(
    password: Annotated[
        str, typer.Option(prompt="The staff's password", confirmation_prompt=True, hide_input=True)
    ],
) -> None:
    """Print the hash of the staff's password, for DASHBOARD_PASSWORD."""
    from dashboard.password import hash_password

    if len(password) < SHORTEST_PASSWORD:
        raise failed(f"a password needs {SHORTEST_PASSWORD} characters")
    # In single quotes, because a hash has dollar signs.
    typer.echo(f"DASHBOARD_PASSWORD='{hash_password(password)}'")
