"""What the line can do wrong.

TextError
 +-- TextRefused         Twilio will never take this message
 |    +-- OptedOut       because the number wants none
 |    +-- NotThere       because what it is about is not there
 +-- NotAccepted         Twilio has not taken it, and may later
 +-- LineLost            nobody knows whether Twilio has it

MediaStreamError
 +-- MalformedMessage     not JSON, binary, too large, a field missing or of the wrong type
 +-- UnknownEvent         an event that the protocol does not have
 +-- OutOfOrder           connected, start, media, stop in another order, or twice
 +-- ForeignStream        a streamSid that is not the one of `start`
 +-- UnsupportedFormat    audio that is not mu-law, 8000 Hz, mono
"""


class MediaStreamError(Exception):
    """The line broke its protocol; the call goes on unless the stream never started."""


class MalformedMessage(MediaStreamError):
    """A message that cannot be read."""


class UnknownEvent(MediaStreamError):
    """An event that the protocol does not have."""


class OutOfOrder(MediaStreamError):
    """An event at a moment when the protocol does not allow it."""


class ForeignStream(MediaStreamError):
    """A message of another stream."""


class UnsupportedFormat(MediaStreamError):
    """Audio in a format that Media Streams never promised."""


class TextError(Exception):
    """A text message was not sent, or not for sure; the message says why."""


class TextRefused(TextError):
    """Twilio will never take this message."""


class OptedOut(TextRefused):
    """The number wants no messages: error 21610."""


class NotThere(TextRefused):
    """What was asked about is not there, or no more."""


class NotAccepted(TextError):
    """Twilio has not taken it, and may later: too many requests, or a wrong Auth Token.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class LineLost(TextError):
    """Nobody knows whether Twilio has it: the answer was lost, or was an error of Twilio's own."""
