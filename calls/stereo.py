"""Both sides of a call on one time line, in mu-law. Pure: moments are passed in.

Moments are milliseconds of any monotonic clock; the time line begins with the stream. What the
caller says has its place by the line's own timestamps. What the agent says is heard in order and
in real time from when it was sent, until it is cleared: that is how Twilio plays it.
"""

BYTES_PER_MS = 8
SILENCE = b"\xff"

DRIFT = 0.0001
"""How far two clocks may part, of the time that passes; no crystal is worse."""

JUMP_MS = 1000.0
"""A timestamp so far ahead of the clock is no audio from the future: the line has miscounted."""

UNDERRUN_MS = 20.0
"""A pause that short within the agent's audio is the jitter of whoever paces it."""


class Stereo:
    """The part of a call that is not written yet: caller left, agent right."""

    def __init__(self, began_at_ms: float) -> None:
        """Begin with the stream.

        Args:
            began_at_ms: when its `start` came.
        """
        self._began_at_ms = began_at_ms
        self._taken = 0
        self._caller = bytearray()
        self._agent = bytearray()

    def caller(self, mulaw: bytes, timestamp_ms: float, at_ms: float) -> None:
        """Place what the caller said.

        Args:
            mulaw: the audio.
            timestamp_ms: when it began, since the stream did.
            at_ms: when it came.
        """
        duration_ms = len(mulaw) / BYTES_PER_MS
        began_at_ms = at_ms - timestamp_ms - duration_ms
        if began_at_ms < self._began_at_ms - JUMP_MS:
            timestamp_ms = at_ms - self._began_at_ms - duration_ms
        else:
            # Nothing comes too early: the least delayed audio tells when the stream began.
            self._began_at_ms = min(self._began_at_ms + DRIFT * duration_ms, began_at_ms)
        self._put(self._caller, mulaw, round(timestamp_ms * BYTES_PER_MS))

    def agent(self, mulaw: bytes, at_ms: float) -> None:
        """Place what was sent to be played behind all that was sent before."""
        end, at = self._taken + len(self._agent), self._position(at_ms)
        if at <= end + UNDERRUN_MS * BYTES_PER_MS:
            at = end
        self._put(self._agent, mulaw, at)

    def clear(self, at_ms: float) -> None:
        """Forget what was sent and is not heard yet."""
        del self._agent[max(self._position(at_ms) - self._taken, 0) :]

    def take(self, until_ms: float) -> bytes:
        """What was heard until a moment and was not taken before, one byte left, one right."""
        samples = max(self._position(until_ms) - self._taken, 0)
        both = bytearray(SILENCE) * (2 * samples)
        for side, track in enumerate((self._caller, self._agent)):
            heard = track[:samples]
            both[side : 2 * len(heard) : 2] = heard
            del track[:samples]
        self._taken += samples
        return bytes(both)

    def _position(self, at_ms: float) -> int:
        return round((at_ms - self._began_at_ms) * BYTES_PER_MS)

    def _put(self, track: bytearray, mulaw: bytes, at: int) -> None:
        """What comes late or twice is left out as far as its place is taken."""
        end = self._taken + len(track)
        track += SILENCE * (at - end)
        track += mulaw[max(end - at, 0) :]
