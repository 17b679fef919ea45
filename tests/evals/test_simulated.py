from pathlib import Path

import pytest
from pipecat.evals.scenario import EvalScenarioFile
from pipecat.evals.session import EvalSession
from pipecat.evals.simulation_session import EvalSimulationSession

from evals.scenes import SIMULATED

FILES = sorted(SIMULATED.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_simulated_caller_can_be_played(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    for scenario in EvalScenarioFile.load(file):
        session = EvalSession.from_scenario(scenario, "ws://127.0.0.1:9/ws")
        assert isinstance(session, EvalSimulationSession)
