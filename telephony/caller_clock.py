"""How far the caller's audio has come, and what is missing of it.

Pure: times are those of the stream, in milliseconds since it began.
"""

SHORTEST_GAP_MS = 20
"""One message of Twilio's; less is the rounding of its timestamps."""

LONGEST_FILL_MS = 5000
"""So much of a gap is filled. Who was gone for longer has lost the thread anyway."""


class CallerClock:
    """The audio of one caller."""

    def __init__(self) -> None:
        self._position_ms: float | None = None

    def heard(self, timestamp_ms: int, duration_ms: float) -> float:
        """Note audio that came.

        Returns:
            How much silence to put before it, in milliseconds.
        """
        if timestamp_ms == self._position_ms:  # mostly
            self._position_ms = timestamp_ms + duration_ms
            return 0.0
        position_ms = timestamp_ms if self._position_ms is None else self._position_ms
        missing_ms = timestamp_ms - position_ms
        # What came late, or twice, moves nothing back.
        self._position_ms = max(position_ms, timestamp_ms + duration_ms)
        return min(missing_ms, LONGEST_FILL_MS) if missing_ms >= SHORTEST_GAP_MS else 0.0

    def fed(self, duration_ms: float) -> None:
        """Note silence that was put in the place of audio that did not come."""
        if self._position_ms is not None:
            self._position_ms += duration_ms
