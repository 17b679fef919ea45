"""What is measured of one call. Pure: moments are passed in, in seconds of a monotonic clock."""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class CallWatch:
    """Follows the pulses of a call from the caller to the model and back.

    Nothing overtakes on a socket, so the first pulse that arrives is the first that left.

    Attributes:
        to_model_ms: how long each pulse took from the caller to the model.
        to_caller_ms: how long it took from the model to the caller.
        round_trip_ms: from the caller back to the caller, the model's own time included.
        to_clear_ms: how long it took from the model's `speech_started` to Twilio's `clear`.
        late_ms: how late each frame of the caller was sent, which is the generator's own fault.
        sent: pulses that the caller sent.
        faults: messages of the server that Twilio would ignore.
        dropped: whether the server ended the call.
    """

    to_model_ms: list[float] = field(default_factory=list[float])
    to_caller_ms: list[float] = field(default_factory=list[float])
    round_trip_ms: list[float] = field(default_factory=list[float])
    to_clear_ms: list[float] = field(default_factory=list[float])
    late_ms: list[float] = field(default_factory=list[float])
    sent: int = 0
    faults: int = 0
    dropped: bool = False
    _spoken: deque[float] = field(default_factory=deque[float])
    _said: deque[float] = field(default_factory=deque[float])
    _away: deque[float] = field(default_factory=deque[float])
    _interrupted_at: float | None = None

    def spoke(self, now: float) -> None:
        """The caller sends a pulse."""
        self.sent += 1
        self._spoken.append(now)
        self._away.append(now)

    def model_heard(self, now: float) -> None:
        """A pulse arrived at the model."""
        if self._spoken:
            self.to_model_ms.append((now - self._spoken.popleft()) * 1000)

    def model_said(self, now: float) -> None:
        """The model sends a pulse."""
        self._said.append(now)

    def caller_heard(self, now: float) -> None:
        """A pulse arrived at the caller."""
        if self._said:
            self.to_caller_ms.append((now - self._said.popleft()) * 1000)
        if self._away:
            self.round_trip_ms.append((now - self._away.popleft()) * 1000)

    def speech_started(self, now: float) -> None:
        """The model says that the caller interrupts."""
        self._interrupted_at = now

    def cleared(self, now: float) -> None:
        """The server empties the caller's queue."""
        if self._interrupted_at is not None:
            self.to_clear_ms.append((now - self._interrupted_at) * 1000)
            self._interrupted_at = None

    def lost(self, now: float, patience_secs: float) -> int:
        """Pulses that left so long ago that they are given up."""
        return sum(now - moment > patience_secs for moment in self._away)

    def forget(self) -> None:
        """Begin to measure anew; what is on its way stays so."""
        for samples in (
            self.to_model_ms,
            self.to_caller_ms,
            self.round_trip_ms,
            self.to_clear_ms,
            self.late_ms,
        ):
            samples.clear()
        self.sent = 0
