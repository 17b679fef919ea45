"""One scripted eval, played as `make evals` plays them all."""

from pathlib import Path

import pytest
from pipecat.evals.scenario import EvalScenarioFile
from pipecat.evals.script import EvalScriptScenario

from evals.play import play
from evals.scenes import SCENES, Scene


async def test_a_caller_who_wants_a_person_passes(tmp_path: Path) -> None:
    assert await play(Scene("person"), tmp_path) == []
    log = (tmp_path / "bot.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_caller_says_to_the_stand_in_what_it_takes_them_to_say(scene: Scene) -> None:
    (scenario,) = EvalScenarioFile.load(scene.file)
    assert isinstance(scenario, EvalScriptScenario)
    said = [turn.user for turn in scenario.turns if turn.user]
    (call,) = scene.model.calls
    assert said == [turn.caller for turn in call.turns if turn.caller]
