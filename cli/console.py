"""What the commands share: their settings, how they fail, and what their help ends with."""

import typer

from settings import Settings, SettingsError, load_settings


def examples(*commands: str) -> str:
    """What the help of a command ends with; an empty line keeps lines apart."""
    return "\n\n".join(("Examples:", *(f"$ spaline {command}" for command in commands)))


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
