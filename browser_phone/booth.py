"""What the browser phone is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import HTTPException, Request, status

from booking.outbox import Outbox
from booking.text_message import TextMessage
from calls.receipts import Receipts
from dashboard.access import is_local
from webhooks.switchboard import Switchboard


@dataclass(frozen=True)
class Booth:
    """Where a browser's calls come from.

    Attributes:
        board: where every call goes.
        receipts: what happens in them.
        outbox: the texts that they would bring.
        words: puts a text into words.
    """

    board: Switchboard
    receipts: Receipts
    outbox: Outbox
    words: Callable[[TextMessage], str]


def booth(request: Request) -> Booth:
    """The booth of the process that a request came to."""
    return request.app.state.booth


def own_origin(request: Request) -> str:
    """The origin of the page that asks, which is one of ours.

    Raises:
        HTTPException: 403, it is not.
    """
    origin, public = request.headers.get("origin", ""), booth(request).board.public_url
    ours = {public}
    if is_local(request):
        ours.add(f"{request.url.scheme}://{request.url.netloc}")
    if origin not in ours:
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, f"Calls are made from {public}/phone, not from elsewhere."
        )
    return origin
