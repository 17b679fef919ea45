"""The TwiML that Spaline answers with. Pure: values in, XML out."""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.twiml.voice_response import Connect, Dial, Stream, VoiceResponse

MAX_PARAMETER_CHARS = 499
"""Name and value of a `<Parameter>` together stay under 500 characters."""

LONGEST_MESSAGE_SECS = 180
"""What a caller may leave after the tone."""


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """How a person is reached.

    Attributes:
        number: of the front desk, E.164.
        ring_secs: how long it rings.
        after_url: what Twilio asks when nobody answered, or the talk is over.
        caller_id: the number that the desk sees, E.164: the caller's or the dialled one.
    """

    number: str
    ring_secs: int
    after_url: str
    caller_id: str | None = None


def connect_stream(stream_url: str, after_url: str, parameters: Mapping[str, str]) -> str:
    """Connect the call to a bidirectional media stream.

    `<Connect>`, never `<Start>`: with `<Start>` the caller hears nothing.

    Args:
        stream_url: wss URL of the media stream, without a query string.
        after_url: what Twilio asks when the stream ends while the caller is still there.
        parameters: what the `start` event gives back in customParameters.
    """
    response = VoiceResponse()
    connect = Connect(action=after_url, method="POST")
    stream = Stream(url=stream_url)
    for name, value in parameters.items():
        stream.parameter(name=name, value=value[: MAX_PARAMETER_CHARS - len(name)])
    connect.append(stream)
    response.append(connect)
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def dial(desk: FrontDesk, sentence: str = "") -> str:
    """Connect the caller to a person.

    Args:
        desk: how the person is reached.
        sentence: what the caller hears first, "" for nothing.
    """
    response = VoiceResponse()
    if sentence:
        response.say(sentence)
    response.append(
        Dial(
            desk.number,
            timeout=desk.ring_secs,
            caller_id=desk.caller_id,
            action=desk.after_url,
            method="POST",
        )
    )
    return str(response)


def take_voicemail(prompt: str, after_url: str, status_url: str) -> str:
    """Let the caller leave a message; who says nothing is hung up on after the tone.

    Args:
        prompt: what the caller hears before the tone.
        after_url: what Twilio asks when there is a recording; without it, it would ask for the
            same document again.
        status_url: what Twilio tells when the recording can be fetched.
    """
    response = VoiceResponse()
    response.say(prompt)
    response.record(
        action=after_url,
        method="POST",
        max_length=LONGEST_MESSAGE_SECS,
        play_beep=True,
        recording_status_callback=status_url,
        recording_status_callback_method="POST",
    )
    response.hangup()
    return str(response)


def say_nothing() -> str:
    """An empty document, for a callback of which Twilio expects no TwiML."""
    return str(VoiceResponse())
