"""What the commands share: their settings, how they fail, and what their help ends with."""

import socket
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from settings import Settings, SettingsError, load_settings


def examples(*commands: str) -> str:
    """What the help of a command ends with; an empty line keeps lines apart."""
    return "\n\n".join(("Examples:", *(f"$ spaline {command}" for command in commands)))


class PlainCommands(TyperGroup):
    """Commands of which what can be foreseen to fail is one sentence, and no traceback."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if told := _foreseen(error):
                raise failed(told) from error
            raise


def _foreseen(error: Exception) -> str:
    """What is wrong outside of the program, and how to mend it; "" for a bug."""
    # Only here: help is to come at once.
    from sqlalchemy.exc import SQLAlchemyError

    from booking.catalog import CatalogError
    from calls.shelf import ShelfMisplaced
    from database import SchemaOutdated

    match error:
        case CatalogError() | SchemaOutdated():
            return str(error)
        case ShelfMisplaced():
            return f"RECORDING_URL: {error}"
        case SQLAlchemyError() | ConnectionRefusedError() | TimeoutError() | socket.gaierror():
            why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            return f"the database does not answer: {why}: start it, or mend DATABASE_URL"
        case _:
            return ""


def settings_or_exit() -> Settings:
    """The settings, or one sentence and exit code 1."""
    try:
        return load_settings()
    except SettingsError as error:
        raise failed(error) from error


def failed(why: object, code: int = 1) -> typer.Exit:
    """The end of a command that fails, after one sentence that says why."""
    typer.echo(f"spaline: {why}", err=True)
    return typer.Exit(code)
