"""The recording of the call in the furnished house: both voices say what the transcript says."""

from collections.abc import Iterable
from pathlib import Path

from calls.entries import Turn
from simulator.playout import Heard
from simulator.speech import CALLER, speak
from simulator.wav import stereo, write_wav


def record(path: Path, turns: Iterable[Turn]) -> None:
    """Speak the turns of a call, each when it was said."""
    turns = list(turns)
    begun = turns[0].at.timestamp() - 1
    sides = {"caller": CALLER.speak, "agent": speak}
    left, right = (
        [Heard(turn.at.timestamp(), voice(turn.text)) for turn in turns if turn.who == who]
        for who, voice in sides.items()
    )
    path.parent.mkdir(exist_ok=True)
    write_wav(path, stereo(left, right, begun))
