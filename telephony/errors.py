"""What the line can do wrong.

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
