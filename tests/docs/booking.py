"""The call that every example of docs/swap-a-stage.md must end in a booking."""

from collections.abc import Mapping
from pathlib import Path

from simulator.call import LineMaker
from simulator.line import Line
from simulator.play import Report, Stage, play_scenario
from simulator.scenario import Scenario, load_scenario
from simulator.scenario_agent import AGENT_SECS
from tests.docs.swaps import swap
from tests.e2e.process import server_process
from tests.e2e.product import ACCOUNT

BOOK = load_scenario(str(Path(__file__).with_name("book.yaml")))


async def book(
    title: str,
    folder: Path,
    stage: Stage,
    model_url: str,
    *,
    scenario: Scenario = BOOK,
    line: LineMaker = Line,
    moved: Mapping[str, str] | None = None,
    patience_secs: float = AGENT_SECS,
    **changes: str,
) -> Report:
    """Play a call that books, with the stages of an example.

    Args:
        title: of the example.
        folder: where the server runs.
        stage: of the stand-in for the model.
        model_url: OPENAI_REALTIME_URL.
        scenario: what to play.
        line: makes the caller's end.
        moved: addresses that the example names, and where they are instead.
        patience_secs: how long the caller waits for each turn of the agent.
        changes: more of the environment.
    """
    swap(title, folder, moved)
    async with server_process(model_url, folder, **changes) as server:
        report = await play_scenario(
            scenario,
            stage=stage,
            account=ACCOUNT,
            voice_url=server.voice_url,
            database_url=server.database_url,
            line=line,
            patience_secs=patience_secs,
        )
    log = server.log.read_text(encoding="utf-8")
    assert report.problems == [], log
    assert "Traceback" not in log
    return report
