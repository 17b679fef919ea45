"""Who gets in by Pipecat's runner: only who comes the way that its `-t` names.

The runner itself leaves every way open, so whoever knows the address of a tunnel could talk
without a telephone.
"""

from argparse import Namespace
from typing import TypeGuard

from fastapi import WebSocket
from loguru import logger
from pipecat.runner.types import (
    RunnerArguments,
    SmallWebRTCRunnerArguments,
    WebSocketRunnerArguments,
)

from telephony.signature import TwilioSecrets, read_signature, signed_handshake

PROVIDERS = ("twilio", "telnyx", "plivo", "exotel")
"""Of telephony, as `-t` names them."""


def is_telephone(runner_args: RunnerArguments) -> TypeGuard[WebSocketRunnerArguments]:
    """Whether a provider of telephony calls by Pipecat's runner or by Pipecat Cloud.

    The runner hands the same socket to evals when it was not told of a provider.
    """
    told = runner_args.cli_args.transport if runner_args.cli_args else "any"
    return isinstance(runner_args, WebSocketRunnerArguments) and told in ("any", *PROVIDERS)


async def is_let_in(runner_args: RunnerArguments, secrets: TwilioSecrets | None) -> bool:
    """Whether who comes may talk to the agent; who may not is hung up on.

    Args:
        runner_args: how one comes.
        secrets: what Twilio may sign with; None when it need not.
    """
    args = runner_args.cli_args
    # Without `-t` every way was asked for, and Pipecat Cloud has a door of its own.
    refusal = _refusal(runner_args, args, secrets) if args and args.transport else ""
    if not refusal:
        return True
    logger.warning("Nobody is let in: {}", refusal)
    if isinstance(runner_args, WebSocketRunnerArguments):
        await runner_args.websocket.close(code=1008)
    elif isinstance(runner_args, SmallWebRTCRunnerArguments):
        await runner_args.webrtc_connection.disconnect()
    return False


def _refusal(runner_args: RunnerArguments, args: Namespace, secrets: TwilioSecrets | None) -> str:
    """Why this is not the way that `-t` told; "" when it is."""
    way = _way(runner_args, args.transport)
    if way != args.transport:
        return f"the runner was started with -t {args.transport}, and this came by {way}"
    if way == "twilio" and secrets and isinstance(runner_args, WebSocketRunnerArguments):
        return _unsigned(runner_args.websocket, args.proxy, secrets)
    return ""


def _way(runner_args: RunnerArguments, told: str) -> str:
    """How one comes, as `-t` names it; sockets of all providers are the same."""
    match runner_args:
        case SmallWebRTCRunnerArguments():
            return "webrtc"
        case WebSocketRunnerArguments(transport_type=None):
            return told if told in PROVIDERS else "eval"
        case WebSocketRunnerArguments():
            return "websocket"
        case _:
            return type(runner_args).__name__.removesuffix("RunnerArguments").lower()


def _unsigned(websocket: WebSocket, host: str, secrets: TwilioSecrets) -> str:
    url = f"wss://{host}{websocket.url.path}"
    if signed_handshake(url, read_signature(websocket.headers), secrets):
        return ""
    return f"not signed by Twilio with TWILIO_AUTH_TOKEN for -x {host}"
