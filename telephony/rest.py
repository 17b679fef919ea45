"""Twilio's REST interface: its asynchronous clients, and what its answers mean.

The answers are told apart by what they mean for a second attempt, because there is no
idempotency key.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import BasicAuth, ClientError, ClientSession
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from typing_extensions import override

from telephony.errors import LineLost, NotAccepted, NotThere, OptedOut, TextRefused

REQUEST_SECS = 20.0
"""How long to wait for an answer; twilio's asynchronous client has no limit of its own."""

TWILIO_ORIGIN = "https://api.twilio.com"

OPTED_OUT = 21610

_LATER = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
"""What somebody mends, or what passes: nothing was done."""

Clients = tuple[Client, ...]
"""One for each Auth Token: during a rotation only one of two is good."""

T = TypeVar("T")


class _HttpClient(AsyncTwilioHttpClient):
    """Twilio's own, at another origin: the library has its own written down."""

    def __init__(self, origin: str, request_secs: float) -> None:
        super().__init__()
        self._origin = origin
        self._request_secs = request_secs

    @override
    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """Make a request."""
        url = url.replace(TWILIO_ORIGIN, self._origin, 1)
        async with asyncio.timeout(self._request_secs):
            answer = await super().request(method, url, *args, **kwargs)
        if not answer.ok:
            # The library does so too, but for the page of a list, where it tells no status.
            raise Version.exception(method, url, answer, "refused")
        return answer

    async def download(self, path: str, client: Client) -> bytes:
        """A file of an account, which `request` would take for text."""
        url = f"{self._origin}/2010-04-01/Accounts/{client.username}/{path}"
        auth = BasicAuth(client.username or "", client.password or "")
        assert isinstance(self.session, ClientSession)  # noqa: S101  we ask for no other
        async with asyncio.timeout(self._request_secs), self.session.get(url, auth=auth) as answer:
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise TwilioRestException(answer.status, url, answer.reason or "")
            return await answer.read()


@asynccontextmanager
async def open_clients(
    account_sid: str,
    auth_tokens: Sequence[str],
    api_url: str,
    request_secs: float = REQUEST_SECS,
) -> AsyncGenerator[Clients]:
    """Clients of an account, closed at the end.

    Args:
        account_sid: of the account.
        auth_tokens: its Auth Tokens, one at least.
        api_url: origin of the interface.
        request_secs: how long to wait for an answer.
    """
    async with _HttpClient(api_url.rstrip("/"), request_secs) as http:
        yield tuple(Client(account_sid, token, http_client=http) for token in auth_tokens)


async def ask(clients: Clients, request: Callable[[Client], Awaitable[T]]) -> T:
    """Ask with each Auth Token until one is good.

    Raises:
        TextRefused: Twilio will never do it.
        NotAccepted: Twilio has not done it, and may later.
        LineLost: nobody knows.
    """
    for client in clients[:-1]:
        try:
            return await _answer(request(client))
        except NotAccepted as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
    return await _answer(request(clients[-1]))


async def download(clients: Clients, path: str) -> bytes:
    """A file of the account, such as a recording.

    Raises:
        TextError: there is none, or Twilio did not give it; see `ask`.
    """

    async def get(client: Client) -> bytes:
        assert isinstance(client.http_client, _HttpClient)  # noqa: S101  see open_clients
        return await client.http_client.download(path, client)

    return await ask(clients, get)


async def _answer(request: Awaitable[T]) -> T:
    """The answer to a request, or what its failure means for the next attempt."""
    try:
        return await request
    except (TwilioRestException, TwilioServiceException) as error:
        status, code = error.status, error.code or 0
        reason = error.msg if isinstance(error, TwilioRestException) else error.title
    except (ClientError, OSError, TimeoutError, TwilioException, ValueError) as error:
        told = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise LineLost(f"no answer of Twilio: {told}") from error
    told = f"Twilio answered {status} / {code}: {reason}"
    if code == OPTED_OUT:
        raise OptedOut(told)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise LineLost(told)
    if status == HTTPStatus.NOT_FOUND:
        raise NotThere(told)
    if status in _LATER:
        raise NotAccepted(told, status)
    raise TextRefused(told)
