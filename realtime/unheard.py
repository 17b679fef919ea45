"""What the model says to nobody, which costs all the same."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from calls.entries import Tokens
from realtime.errors import UNREADABLE
from realtime.pricing import response_tokens

PATIENCE_SECS = 2.0
"""A greeting is made in less; it is not waited for longer than that."""


async def unheard_tokens(connection: ClientConnection) -> Tokens:
    """What the response took that was asked for on a socket from which nobody has read.

    Nothing where none was asked for, or where the socket ends before it is done.
    """
    with suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(PATIENCE_SECS):
            async for message in connection:
                if tokens := _spent(message):
                    return tokens
    return Tokens()


def _spent(message: str | bytes) -> Tokens | None:
    """What a response took; None for every other event, and for what cannot be read."""
    try:
        event: dict[str, Any] = json.loads(message)
        if event["type"] == "response.done":
            return response_tokens(event["response"].get("usage") or {})
    except UNREADABLE:
        pass
    return None
