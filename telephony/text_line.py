"""Text messages through Twilio's REST interface.

The answers of Twilio are told apart by what they mean for a second attempt, because there is no
idempotency key: a message that may have been accepted is looked for before it is sent again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from typing_extensions import override

from telephony.errors import LineLost, NotAccepted, OptedOut, TextRefused

REQUEST_SECS = 20.0
"""How long to wait for an answer; twilio's asynchronous client has no limit of its own."""

LOOKED_BACK = 100
"""How many of the last messages to a number are looked through for one that may be there."""

TWILIO_ORIGIN = "https://api.twilio.com"

OPTED_OUT = 21610

_LATER = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
"""What somebody mends, or what passes: nothing was done."""

T = TypeVar("T")


class _HttpClient(AsyncTwilioHttpClient):
    """Twilio's own, at another origin: the library has its own written down."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin

    @override
    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Make a request."""
        return await super().request(
            method, url.replace(TWILIO_ORIGIN, self._origin, 1), *args, **kwargs
        )


@dataclass(frozen=True, slots=True)
class TextLine:
    """The number that text messages come from.

    Attributes:
        number: E.164, of the account.
        clients: one for each Auth Token; during a rotation only one of two is good.
    """

    number: str
    clients: tuple[Client, ...]

    async def send(self, to: str, body: str, status_url: str) -> str:
        """Send a text message; gives Twilio's id of it.

        Args:
            to: E.164.
            body: up to 1600 characters.
            status_url: where Twilio posts what becomes of it.

        Raises:
            OptedOut: the number wants no messages.
            TextRefused: Twilio will never take it.
            NotAccepted: Twilio has not taken it, and may later.
            LineLost: nobody knows.
        """

        async def create(client: Client) -> str:
            message = await client.messages.create_async(
                to=to, from_=self.number, body=body, status_callback=status_url
            )
            return str(message.sid)

        return await self._ask(create)

    async def find(self, to: str, body: str) -> Sequence[str]:
        """Twilio's ids of the messages to a number that end in some words, the newest first.

        A trial account puts words of its own before ours.

        Raises:
            TextRefused, NotAccepted, LineLost: see `send`.
        """

        async def look(client: Client) -> list[str]:
            found = await client.messages.list_async(
                to=to, from_=self.number, limit=LOOKED_BACK, page_size=LOOKED_BACK
            )
            return [str(message.sid) for message in found if str(message.body).endswith(body)]

        return await self._ask(look)

    async def _ask(self, request: Callable[[Client], Awaitable[T]]) -> T:
        """Ask with each Auth Token until one is good."""
        for client in self.clients[:-1]:
            try:
                return await _answer(request(client))
            except NotAccepted as error:
                if error.status != HTTPStatus.UNAUTHORIZED:
                    raise
        return await _answer(request(self.clients[-1]))


@asynccontextmanager
async def open_text_line(
    account_sid: str, auth_tokens: Sequence[str], number: str, api_url: str
) -> AsyncGenerator[TextLine]:
    """A line to Twilio's REST interface, closed at the end.

    Args:
        account_sid: of the account.
        auth_tokens: its Auth Tokens, one at least.
        number: of the account, E.164.
        api_url: origin of the interface.
    """
    async with _HttpClient(api_url.rstrip("/")) as http:
        clients = (Client(account_sid, token, http_client=http) for token in auth_tokens)
        yield TextLine(number, tuple(clients))


async def _answer(request: Awaitable[T]) -> T:
    """The answer to a request, or what its failure means for the next attempt."""
    try:
        async with asyncio.timeout(REQUEST_SECS):
            return await request
    except (TwilioRestException, TwilioServiceException) as error:
        status, code = error.status, error.code or 0
        reason = error.msg if isinstance(error, TwilioRestException) else error.title
    except (ClientError, OSError, TimeoutError, TwilioException, ValueError) as error:
        raise LineLost(f"no answer of Twilio: {error!r}") from error
    told = f"Twilio answered {status} / {code}: {reason}"
    if code == OPTED_OUT:
        raise OptedOut(told)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise LineLost(told)
    if status in _LATER:
        raise NotAccepted(told, status)
    raise TextRefused(told)
