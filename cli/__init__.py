"""`spaline`: its commands, in the order of its help."""

import typer

from cli import calls, house, people, trials
from cli.console import PlainCommands

app = typer.Typer(
    cls=PlainCommands, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False
)
for commands in (house, people, trials):
    app.add_typer(commands.app)
app.add_typer(calls.app, name="call")
