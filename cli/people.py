"""`spaline`: what is known of a person, given out or forgotten."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import examples, failed, settings_or_exit
from settings import Settings

if TYPE_CHECKING:
    from privacy.forget import Forgotten

app = typer.Typer()


@app.command("forget", epilog=examples("forget +16175551212 --yes"))
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


@app.command("export-customer", epilog=examples("export-customer +16175551212"))
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
        raise failed(f"{phone} is no number in E.164, such as +16175551212")
    return number
