"""What callers say in scripted evals, as the WAV files that `pipecat eval` plays."""

import shutil
from pathlib import Path

import soundfile
from pipecat.evals.scenario import EvalScenarioFile
from pipecat.evals.script import EvalScriptScenario

from simulator import mulaw
from simulator.speech import CALLER


def record(file: Path, folder: Path) -> Path:
    """A copy of a scenario file, beside the recordings that it names.

    Args:
        file: in which each turn says in `user:` what its recording has to say.
        folder: where the copy goes.
    """
    copy = Path(shutil.copy(file, folder))
    for scenario in EvalScenarioFile.load(copy):
        for turn in scenario.turns if isinstance(scenario, EvalScriptScenario) else ():
            if turn.audio and turn.user:
                path = Path(turn.audio)
                path.parent.mkdir(exist_ok=True)
                soundfile.write(path, mulaw.decode(CALLER.speak(turn.user)), mulaw.SAMPLE_RATE)
    return copy
