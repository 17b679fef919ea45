"""What a call goes over."""

from dataclasses import dataclass
from typing import TypeGuard

from pipecat.runner.types import RunnerArguments, WebSocketRunnerArguments
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


def is_telephone(runner_args: RunnerArguments) -> TypeGuard[WebSocketRunnerArguments]:
    """Whether a provider of telephony calls by Pipecat's runner or by Pipecat Cloud.

    The runner hands the same socket to evals when it was not told of a provider by `-t`.
    """
    told = runner_args.cli_args.transport if runner_args.cli_args else "any"
    return isinstance(runner_args, WebSocketRunnerArguments) and told not in (None, "webrtc")
