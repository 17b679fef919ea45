"""How the stand-in for the model behaves: everything a test may turn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class Witness(Protocol):
    """Is told when audio comes and goes; payloads are base64."""

    def heard(self, payload: bytes) -> None:
        """Audio has arrived."""
        ...

    def said(self, payload: bytes) -> None:
        """Audio is about to leave."""
        ...


@dataclass(kw_only=True)
class Knobs:
    """Behaviour that may be chosen; a session reads it at the moment it matters.

    Attributes:
        speed_factor: How many times faster than it plays audio is sent.
        first_audio_ms: Time from `response.created` to the first output.
        round_trip_ms: Added once to everything the server sends.
        seed: Decides every random choice; the n-th connection has its own row of them.
        vary: Whether the server varies what the real one is known to vary.
        transcription: When a transcript comes, relative to the response; None is at random.
        stray_deltas: Audio deltas that still follow a barge-in; None is at random, 0 to 2.
        ignore_audio_format: Accept every format, confirm PCM at 24 kHz and mean it.
        session_seconds: Length of a session, from which `expires_at` follows.
        expire_silently: Leave out the `session_expired` event before the close.
        refuse_with_http: Refuse the WebSocket upgrade with this HTTP status.
        hang: Never answer the upgrade, or accept it and never send anything.
        echo: Send appended audio straight back, undecoded and unrecorded, to measure latency.
        echo_ms: Gather so much audio for each piece of the echo; 0 sends what came as it came.
        witness: Makes what is told of the echo, from the number of the connection (the first is
            1) and the session.
        on_send: Is given each event, as text, when it leaves, with the number of the connection.
    """

    speed_factor: float = 6.0
    first_audio_ms: float = 150.0
    round_trip_ms: float = 0.0
    seed: int = 0
    vary: bool = True
    transcription: Literal["before", "during", "after"] | None = None
    stray_deltas: int | None = None
    ignore_audio_format: bool = False
    session_seconds: float = 3600.0
    expire_silently: bool = False
    refuse_with_http: int | None = None
    hang: Literal["connect", "session"] | None = None
    echo: bool = False
    echo_ms: int = 0
    witness: Callable[[int, dict[str, Any]], Witness] | None = None
    on_send: Callable[[int, str], None] | None = None
