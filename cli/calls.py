"""`spaline call`: what happened on the phone."""

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import examples, failed, settings_or_exit
from settings import Settings

if TYPE_CHECKING:
    from calls.receipts import Receipt

app = typer.Typer(no_args_is_help=True, help="What happened on the phone.")


@app.command(epilog=examples("call show CA00000000000000000000000000000001"))
def show(call_sid: str) -> None:
    """Print the receipt of a call."""
    from calls.printed import printed

    receipt = asyncio.run(_receipt(settings_or_exit(), call_sid))
    if receipt is None:
        raise failed(f"no call {call_sid} rang here")
    for line in printed(receipt):
        typer.echo(line)


async def _receipt(settings: Settings, call_sid: str) -> "Receipt | None":
    from calls.receipts import Receipts
    from database import open_sessions

    async with open_sessions(settings.database_url) as sessions:
        return await Receipts(sessions).of(call_sid)


@app.command(epilog=examples("call export --since 2026-11-01"))
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
