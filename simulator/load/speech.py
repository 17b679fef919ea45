"""What the callers of a load say, frame by frame. Pure."""

from dataclasses import dataclass
from typing import Protocol

from simulator.load.pulse import PULSE, SILENCE, TONE


class Speech(Protocol):
    """What is said."""

    def payload(self, frame: int) -> str:
        """The audio of a frame, as base64."""
        ...


@dataclass(frozen=True)
class Pulses:
    """Silence with a pulse in it now and then.

    Attributes:
        every: frames from one pulse to the next.
        first: the frame of the first one.
    """

    every: int
    first: int = 0

    def payload(self, frame: int) -> str:
        """A pulse or silence."""
        return PULSE if frame % self.every == self.first % self.every else SILENCE


@dataclass(frozen=True)
class Interjections:
    """A short sound now and then, as of somebody who says "yes, but".

    Attributes:
        every: frames from one to the next.
        first: the frame of the first one.
        length: frames of each.
    """

    every: int
    first: int
    length: int = 15

    def payload(self, frame: int) -> str:
        """A tone or silence."""
        since = frame - self.first
        return TONE if since >= 0 and since % self.every < self.length else SILENCE
