"""`python -m simulator`: a caller for a product that runs, and a model for it to talk to."""

import asyncio
from itertools import cycle
from typing import Annotated

import typer
from rich.console import Console

from simulator.caller import Account
from simulator.demo import ACCOUNT, show_event, show_report
from simulator.lone_agent import LoneAgent
from simulator.play import play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.scenario import Scenario, ScenarioError, load_scenario

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

ScenarioName = Annotated[str, typer.Option(help="A name in simulator/scenarios, or a .yaml file.")]


@app.command()
def call(
    url: Annotated[str, typer.Option(help="The voice webhook, as the product was told.")],
    database_url: Annotated[str, typer.Option(help="The product's database, to look at after.")],
    scenario: ScenarioName = "book",
    account_sid: str = ACCOUNT.account_sid,
    auth_token: str = ACCOUNT.auth_token,
    number: str = ACCOUNT.number,
) -> None:
    """Ring in as the caller of a scenario; exit code 0 if all is as it must be after."""
    console = Console()
    report = asyncio.run(
        play_scenario(
            scenario_or_exit(scenario),
            stage=None,
            account=Account(account_sid, auth_token, number),
            voice_url=url,
            database_url=database_url,
            show=lambda event: show_event(console, event),
        )
    )
    show_report(console, report)
    raise typer.Exit(1 if report.problems else 0)


@app.command()
def model(port: int = 9000, scenario: ScenarioName = "book") -> None:
    """Be the model of a scenario until interrupted; each connection is its next call."""
    asyncio.run(serve_model(port, scenario_or_exit(scenario)))


async def serve_model(port: int, scenario: Scenario) -> None:
    """Listen until cancelled."""
    console = Console()
    calls = cycle(scenario.calls)

    def next_agent() -> LoneAgent:
        return LoneAgent(next(calls), scenario.time_zone, lambda event: show_event(console, event))

    async with RealtimeSimulator(next_agent, port=port) as simulator:
        console.print(f"OPENAI_REALTIME_URL={simulator.url}")
        await asyncio.Event().wait()


def scenario_or_exit(name: str) -> Scenario:
    """A scenario, or one sentence and exit code 1."""
    try:
        return load_scenario(name)
    except ScenarioError as error:
        typer.echo(f"simulator: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
