"""The TwiML that Spaline answers with. Pure: values in, XML out."""

from collections.abc import Mapping

from twilio.twiml.voice_response import Connect, Dial, Stream, VoiceResponse

MAX_PARAMETER_CHARS = 499
"""Name and value of a `<Parameter>` together stay under 500 characters."""


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


def apologise_and_dial(sentence: str, number: str) -> str:
    """Say a sentence, then connect the caller to a person.

    Args:
        sentence: what the caller hears first.
        number: the front desk, E.164.
    """
    response = VoiceResponse()
    response.say(sentence)
    response.append(Dial(number))
    return str(response)
