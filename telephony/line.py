"""What a call goes over."""

from dataclasses import dataclass

from pipecat.transports.base_transport import BaseTransport

from telephony.media_stream import MediaStream, Start


@dataclass(frozen=True)
class Line:
    """The line of one call, which has started.

    Attributes:
        transport: its two ends.
        stream: its messages, and what was counted of them.
        start: how it started.
        phone: the number that calls, E.164; None when it is no identity.
        is_telephone: whether a person can take the call over; otherwise who closes it has hung up.
    """

    transport: BaseTransport
    stream: MediaStream
    start: Start
    phone: str | None
    is_telephone: bool = True
