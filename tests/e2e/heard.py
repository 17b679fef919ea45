"""What a caller heard, what the model believes of it, and what no call may have."""

import base64
import json
from collections import Counter
from dataclasses import dataclass

from simulator.realtime import RealtimeSimulator, Say, Session
from simulator.stream import Stream

BYTES_PER_MS = 8
VOICE = bytes([0x00, 0x80] * 800)
"""200 ms that are unmistakably a voice."""

ONSET_SECS = 0.06
"""So long a voice must last until the model takes it for one."""


def speech(number: int, ms: int) -> Say:
    """Something that can be told from everything else that is said in a call."""
    return Say(f"Sentence {number}.", audio=bytes([number]) * (ms * BYTES_PER_MS))


def heard_bytes(stream: Stream, after: int = 0) -> Counter[int]:
    """How many of each byte the caller heard, after so many parts."""
    return Counter(b"".join(part.mulaw for part in stream.playout.heard[after:]))


@dataclass(frozen=True)
class Belief:
    """An item of the agent's.

    Attributes:
        kept_ms: what the model believes to have been heard.
        heard_ms: what the caller heard.
        said_ms: what the model had said.
    """

    kept_ms: float
    heard_ms: float
    said_ms: float

    @property
    def error_ms(self) -> float:
        return self.kept_ms - self.heard_ms


def beliefs(session: Session, stream: Stream) -> list[Belief]:
    """For each item of the agent's, what its model believes and what is true."""
    heard = heard_bytes(stream)
    said: dict[str, bytearray] = {}
    for event in session.sent:
        if event["type"] == "response.output_audio.delta":
            said.setdefault(event["item_id"], bytearray()).extend(base64.b64decode(event["delta"]))
    return [
        Belief(
            kept_ms=len(session.items.audio[item_id]) / BYTES_PER_MS,
            heard_ms=heard[audio[0]] / BYTES_PER_MS,
            said_ms=len(audio) / BYTES_PER_MS,
        )
        for item_id, audio in said.items()
    ]


def problems(session: Session, stream: Stream) -> list[str]:
    """What no call may have, whoever interrupts whom."""
    found = [str(event["error"]) for event in session.sent if event["type"] == "error"]
    found += [f"Twilio warned: {code}" for code in stream.warnings]
    said, cleared = set[int](), set[int]()
    for message in map(json.loads, stream.received):
        if message["event"] == "clear":
            cleared |= said
        elif message["event"] == "media":
            sent = set(base64.b64decode(message["media"]["payload"]))
            said |= sent
            if sent & cleared:
                found.append("audio of an old answer was sent after a clear")
    return found


def truncations(session: Session) -> list[tuple[str, int]]:
    """The items that were truncated, and where, in order."""
    return [
        (event["item_id"], event["audio_end_ms"])
        for event in session.received
        if event["type"] == "conversation.item.truncate"
    ]


def clear_delays_ms(stream: Stream) -> list[float]:
    """For each time that the caller spoke up, from when it could be known to the clear."""
    frames = [part.at_secs for part in stream.spoken]
    begun = [at for at, before in zip(frames, [0.0, *frames], strict=False) if at - before > 0.1]
    cleared = stream.playout.cleared_secs
    return [
        (next(at for at in cleared if at > voice) - voice - ONSET_SECS) * 1000 for voice in begun
    ]


def sessions_with(model: RealtimeSimulator, caller: str) -> list[Session]:
    """The model's sessions that were told of a caller's number, in order."""
    return [
        session
        for session in model.sessions
        if any(
            event["type"] == "conversation.item.create" and caller in json.dumps(event["item"])
            for event in session.received
        )
    ]
