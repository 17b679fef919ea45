"""`python -m simulator`: a caller for a product that runs, and a model for it to talk to."""

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle
from typing import Annotated

import typer
from rich.console import Console

from simulator.caller import Account
from simulator.demo import ACCOUNT, show_event, show_report
from simulator.lone_agent import LoneAgent
from simulator.play import Report, play_scenario
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import Scenario, ScenarioError, load_chain

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
    rest_port: Annotated[
        int, typer.Option(help="Play TWILIO_API_URL on this port, and judge the texts too.")
    ] = 0,
) -> None:
    """Ring in as the caller of a scenario; exit code 0 if all is as it must be after.

    The model is the product's own, a real one too: the caller's lines are spoken, its answers are
    free, and the database is the judge. Begin with an empty one; scenarios that come before this
    one are played first.
    """
    console = Console()
    account = Account(account_sid, auth_token, number)
    chain = chain_or_exit(scenario)
    reports = asyncio.run(place_calls(console, chain, account, url, database_url, rest_port))
    raise typer.Exit(1 if any(report.problems for report in reports) else 0)


async def place_calls(
    console: Console,
    chain: list[Scenario],
    account: Account,
    url: str,
    database_url: str,
    rest_port: int,
) -> list[Report]:
    """Play scenarios one after the other; the caller alone."""
    reports: list[Report] = []
    async with AsyncExitStack() as stack:
        rest = None
        if rest_port:
            rest = await stack.enter_async_context(TwilioRest(account, port=rest_port))
        for scenario in chain:
            report = await play_scenario(
                scenario,
                stage=None,
                account=account,
                voice_url=url,
                database_url=database_url,
                show=lambda event: show_event(console, event),
                rest=rest,
            )
            show_report(console, report)
            reports.append(report)
    return reports


@app.command()
def model(port: int = 9000, scenario: ScenarioName = "book") -> None:
    """Be the model of a scenario until interrupted; each connection is its next call.

    Scenarios that come before it are played first.
    """
    asyncio.run(serve_model(port, chain_or_exit(scenario)))


async def serve_model(port: int, chain: list[Scenario]) -> None:
    """Listen until cancelled."""
    console = Console()
    calls = cycle((call, scenario.time_zone) for scenario in chain for call in scenario.calls)

    def next_agent() -> LoneAgent:
        call, time_zone = next(calls)
        return LoneAgent(call, time_zone, lambda event: show_event(console, event))

    async with RealtimeSimulator(next_agent, port=port) as simulator:
        console.print(f"OPENAI_REALTIME_URL={simulator.url}")
        await asyncio.Event().wait()


def chain_or_exit(name: str) -> list[Scenario]:
    """A scenario behind those before it, or one sentence and exit code 1."""
    try:
        return load_chain(name)
    except ScenarioError as error:
        typer.echo(f"simulator: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
