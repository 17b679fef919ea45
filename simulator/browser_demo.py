"""The browser phone without keys: the real server, and a model that follows a scenario."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from simulator.child import ServerFailed
from simulator.demo import ACCOUNT, running_server, show_event
from simulator.lone_agent import LoneAgent
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import Call, Scenario, ScenarioError, load_chain

HONESTLY = (
    "The model is a stand-in that understands nothing: it hears when you speak and when you stop, "
    "and takes your words for those of the scenario. What to say appears here once you call. "
    "Hang up and call again to begin anew."
)


async def serve_phone(scenario: str, port: int, log_folder: Path = Path("demo-output")) -> int:
    """Serve until interrupted; the exit code.

    Args:
        scenario: a name, or a file; the calls of those before it are played first.
        port: of the page.
        log_folder: where the server's log goes.
    """
    console = Console()
    await asyncio.to_thread(log_folder.mkdir, parents=True, exist_ok=True)
    try:
        async with running_phone(
            load_chain(scenario), port, log_folder / "phone.log", console
        ) as origin:
            console.print(f"Open [bold]{origin}/phone[/] and call. {HONESTLY}")
            await asyncio.Event().wait()
    except (ScenarioError, ServerFailed) as error:
        console.print(f"[bold red]{escape(str(error))}[/]")
        return 1
    except asyncio.CancelledError:
        console.print("The phone is off.")
    return 0


@asynccontextmanager
async def running_phone(
    chain: list[Scenario], port: int, log_path: Path, console: Console
) -> AsyncGenerator[str]:
    """The product with an empty book, whose model plays the calls of a chain in turn.

    Gives the product's origin.

    Raises:
        ServerFailed: it did not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite+aiosqlite:///{folder}/phone.db"
        async with (
            RealtimeSimulator(models(chain, console)) as model,
            TwilioRest(ACCOUNT) as rest,
            running_server(model.url, rest.url, database_url, log_path, port) as origin,
        ):
            yield origin


def models(chain: list[Scenario], console: Console) -> Callable[[], LoneAgent]:
    """What makes the model of the next call, and tells what its caller says."""
    calls = cycle((scenario, call) for scenario in chain for call in scenario.calls)

    def next_agent() -> LoneAgent:
        scenario, call = next(calls)
        agent = LoneAgent(call, scenario.time_zone, lambda event: show_event(console, event))
        console.print(f"\n[bold magenta]{escape(scenario.title)}[/]: say, when it is your turn")
        for line in lines_of(call, agent):
            console.print(f"[cyan]{escape(line)}[/]")
        return agent

    return next_agent


def lines_of(call: Call, agent: LoneAgent) -> list[str]:
    """What a caller does in a call, a line each."""
    words = iter(agent.caller_lines)
    lines = [f"  (call from {call.from_})"]
    for turn in call.turns:
        if turn.caller is not None:
            lines.append(f"  - {next(words)}")
        elif turn.press is not None:
            lines.append(f"  (press {turn.press})")
        elif turn.silent_secs is not None:
            lines.append("  (say nothing)")
    return lines
