"""Lines that are no telephone: talk in a browser, and evals, both by Pipecat's own runner."""

from collections.abc import Callable
from typing import Any, cast

from pipecat.evals.transport import EvalTransportParams
from pipecat.runner.types import RunnerArguments, WebSocketRunnerArguments
from pipecat.runner.utils import (
    create_transport,  # pyright: ignore[reportUnknownVariableType]  Pipecat annotates in part
)
from pipecat.transports.base_transport import TransportParams

from telephony.browser_calls import new_browser_call
from telephony.caller_id import caller_phone
from telephony.line import Line
from telephony.media_stream import MediaStream, Start

TRANSPORTS: dict[str, Callable[[], TransportParams]] = {
    "webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True),
    "eval": lambda: EvalTransportParams(audio_in_enabled=True, audio_out_enabled=True),
}
"""What Pipecat's runner can connect us to."""


async def open_local_line(runner_args: RunnerArguments) -> Line:
    """The line of a session of Pipecat's runner.

    Raises:
        ValueError: it is none of `TRANSPORTS`.
    """
    transport = await create_transport(runner_args, TRANSPORTS)
    start = Start(stream_sid="", call_sid=new_browser_call(), account_sid="", custom_parameters={})
    return Line(transport, MediaStream(), start, _phone(runner_args), is_telephone=False)


def _phone(runner_args: RunnerArguments) -> str | None:
    """The `phone` of the file that `--runner-body` names; a browser says nothing that counts."""
    if not isinstance(runner_args, WebSocketRunnerArguments) or not runner_args.body:
        return None
    body = cast(dict[str, Any], runner_args.body)
    return caller_phone(str(body.get("phone", "")))
