"""Opening the model's WebSocket, and closing it."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from calls.capture import Tap
from realtime.model_socket import ModelConnection, TappedConnection

CONNECT_SECS = 5.0
"""A caller waits in silence while we connect; longer than this, a person is better."""

CLOSE_SECS = 1.0
"""A caller may wait for a person while we take our leave of a model that is gone."""


class ModelUnreachable(Exception):
    """The model's socket did not open."""


async def open_connection(
    url: str, *, model: str, api_key: str, tap: Tap | None = None
) -> ClientConnection:
    """A socket to the model, before any event.

    Args:
        url: the Realtime endpoint, without a query.
        model: the model to talk with.
        api_key: key of the account.
        tap: is shown every message, once the socket is open.

    Raises:
        ModelUnreachable: it refused, or did not answer within `CONNECT_SECS`.
    """
    try:
        async with asyncio.timeout(CONNECT_SECS):
            return await connect(
                f"{url}?model={model}",
                additional_headers={"Authorization": f"Bearer {api_key}"},
                close_timeout=CLOSE_SECS,
                max_size=None,  # one audio delta may be as large as the model likes
                max_queue=None,  # a greeting waits here until the caller is on the line
                create_connection=_connection(tap),
                compression=None,  # base64 of mu-law does not shrink, and the caller waits
            )
    except (OSError, TimeoutError, WebSocketException) as error:
        raise ModelUnreachable(f"{type(error).__name__}: {error}") from error


def _connection(tap: Tap | None) -> type[ClientConnection]:
    # The library only calls it.
    return cast(Any, partial(TappedConnection, tap)) if tap else ModelConnection


async def close_connection(opening: asyncio.Task[ClientConnection]) -> None:
    """Leave no socket open, whether it is there yet or not."""
    opening.cancel()
    with suppress(asyncio.CancelledError, ModelUnreachable):
        await (await opening).close()
