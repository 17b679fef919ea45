"""`spaline`: the commands."""

import asyncio

import typer

from settings import Settings, SettingsError, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)


def settings_or_exit() -> Settings:
    """The settings, or one sentence and exit code 1."""
    try:
        return load_settings()
    except SettingsError as error:
        typer.echo(f"spaline: {error}", err=True)
        raise typer.Exit(1) from error


@app.command()
def serve() -> None:
    """Answer the phone."""
    from server import main

    main()


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    from database import upgrade

    settings = settings_or_exit()
    upgrade(settings.database_url)
    typer.echo("The database is up to date.")


@app.command()
def demo() -> None:
    """Let three callers ring in, without keys and without a phone."""
    from simulator.demo import play

    raise typer.Exit(asyncio.run(play()))
