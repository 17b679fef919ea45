"""What Twilio knows of a media stream, and what is remembered of it."""

from dataclasses import dataclass, field

from simulator.playout import BYTES_PER_SEC, Heard, Playout


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
        ended_secs: when the stream ended, for whatever reason; None while it runs.
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
    ended_secs: float | None = None

    @property
    def longest_silence_secs(self) -> float:
        """The longest time in which neither side was heard, from the first frame to the end."""
        sounds = sorted((*self.spoken, *self.playout.heard), key=lambda heard: heard.at_secs)
        longest, silent_since = 0.0, self.begun_secs
        for heard in sounds:
            longest = max(longest, heard.at_secs - silent_since)
            silent_since = max(silent_since, heard.at_secs + len(heard.mulaw) / BYTES_PER_SEC)
        return max(longest, (self.ended_secs or silent_since) - silent_since)
