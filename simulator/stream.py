"""What Twilio knows of a media stream, and what is remembered of it."""

from dataclasses import dataclass, field

from simulator.playout import Heard, Playout


@dataclass
class Stream:
    """One bidirectional stream.

    Attributes:
        stream_sid: of the stream.
        call_sid: of its call.
        account_sid: of the account.
        parameters: of the TwiML.
        warnings: Twilio's codes for what it ignored, each once.
        sent: our messages, but for silence and speech.
        received: the other side's messages.
        spoken: what the caller said, at the moments of the loop's clock.
        playout: what the agent said.
        latencies_ms: from the end of the caller's words to the first audio of the answer.
        begun_secs: when the first frame began, by the loop's clock.
        first_audio_ms: from then to the agent's first audio; None when there was none.
    """

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: dict[str, str]
    warnings: list[int] = field(default_factory=list[int])
    sent: list[str] = field(default_factory=list[str])
    received: list[str] = field(default_factory=list[str])
    spoken: list[Heard] = field(default_factory=list[Heard])
    playout: Playout = field(default_factory=Playout)
    latencies_ms: list[int] = field(default_factory=list[int])
    begun_secs: float = 0.0
    first_audio_ms: int | None = None
