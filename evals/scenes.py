"""The scripted evals: each a file of Pipecat's, and what the stand-in for the model says to it."""

from dataclasses import dataclass
from pathlib import Path

from simulator.scenario import Scenario, load_scenario

FOLDER = Path(__file__).parent
SIMULATED = FOLDER / "simulated"


@dataclass(frozen=True)
class Scene:
    """One eval.

    Attributes:
        name: of its files in `scripted/` and `model/`.
        booked: whether Maria Lopez has a massage on Tuesday at two already.
    """

    name: str
    booked: bool = False

    @property
    def file(self) -> Path:
        """What `pipecat eval` reads: the caller's turns, and what must come back."""
        return FOLDER / "scripted" / f"{self.name}.yaml"

    @property
    def model(self) -> Scenario:
        """What the stand-in says and calls, who calls, and what must be in the book then."""
        return load_scenario(str(FOLDER / "model" / f"{self.name}.yaml"))


SCENES = (
    Scene("book"),
    Scene("move", booked=True),
    Scene("cancel", booked=True),
    Scene("person"),
    Scene("no_free_time", booked=True),
)
