"""What Twilio asks of a product: signed, within a limit of time, and once more after errors."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Literal
from urllib.parse import urlencode, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from simulator.signing import handshake_signature, webhook_signature
from simulator.twiml_reader import TwimlError
from simulator.verbs import Method

WEBHOOK_SECS = 15.0
"""Twilio's limit for an answer."""

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
STREAM_TIMEOUT = 31901
STREAM_REFUSED = 31902
HANDSHAKE_ERROR = 31920

Signature = Literal["good", "missing", "wrong", "handshake_slash", "handshake_wrong"]
"""How requests are signed: `handshake_...` touches only the opening of the WebSocket, where Twilio
may sign the URL with a slash behind it."""


@dataclass(frozen=True)
class Account:
    """A Twilio account.

    Attributes:
        account_sid: of the account.
        auth_token: signs what Twilio sends.
        number: the number that is called, E.164.
        fallback_url: what Twilio asks when the voice webhook fails; None for nothing.
        status_url: what Twilio tells that a call is over; None for nothing.
        voice_method: how the voice webhook is asked.
    """

    account_sid: str
    auth_token: str
    number: str
    fallback_url: str | None = None
    status_url: str | None = None
    voice_method: Method = "POST"


@cache
def _certificates() -> SSLContext:
    """Read once: it takes 30 ms, in which every other simulated call would stand still."""
    return httpx.create_ssl_context()


def webhook_client() -> httpx.AsyncClient:
    """A client for `Webhooks`, with Twilio's limit of time."""
    # A connection each: httpx does not ask again when the other side has just closed a kept one.
    once = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=WEBHOOK_SECS, limits=once, verify=_certificates())


@dataclass(frozen=True)
class Webhooks:
    """Asks the product, signed for one account.

    Attributes:
        http: the client; see `webhook_client`.
        account: whose token signs.
        signature: how it is signed.
        call_sid: of the call that it is about.
    """

    http: httpx.AsyncClient
    account: Account
    signature: Signature
    call_sid: str

    async def ask(self, url: str, form: Mapping[str, str], method: Method) -> httpx.Response:
        """Ask a URL; with GET the form goes into its query, and is signed as a part of it.

        Raises:
            TwimlError: it cannot be reached, did not answer in time, or answered no success.
        """
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": self._token(url, form),
        }
        if method == "GET":
            mark = "&" if urlsplit(url).query else "?"
            url, form = str(httpx.URL(f"{url}{mark}{urlencode(form)}")), {}
        if self.signature != "missing":
            token = "not the token" if self.signature == "wrong" else self.account.auth_token
            headers["X-Twilio-Signature"] = webhook_signature(token, url, form)
        body = form if method == "POST" else None
        response = await self._twice(
            self.http.build_request(method, url, data=body, headers=headers)
        )
        if not response.is_success:
            raise TwimlError(
                RETRIEVAL_FAILURE, f"{url} answered {response.status_code}: {response.text}"
            )
        return response

    async def open_stream(self, stream_url: str) -> tuple[ClientConnection | None, int | None]:
        """The WebSocket of a stream, or Twilio's code when the server does not want it."""
        slash = "/" if self.signature == "handshake_slash" else ""
        token = "not the token" if self.signature == "handshake_wrong" else self.account.auth_token
        signature = handshake_signature(token, stream_url + slash)
        try:
            socket = await connect(
                stream_url,
                additional_headers={"X-Twilio-Signature": signature},
                compression=None,
                max_size=None,
            )
        except TimeoutError:
            return None, STREAM_TIMEOUT
        except OSError:
            return None, STREAM_REFUSED
        except WebSocketException:
            return None, HANDSHAKE_ERROR
        return socket, None

    async def _twice(self, request: httpx.Request) -> httpx.Response:
        """Send it, once more after a server error or a time-out."""
        try:
            with suppress(httpx.TimeoutException):
                response = await self.http.send(request)
                if not response.is_server_error:
                    return response
            return await self.http.send(request)
        except httpx.TimeoutException as error:
            raise TwimlError(RETRIEVAL_FAILURE, f"{request.url} did not answer in time") from error
        except httpx.TransportError as error:
            raise TwimlError(
                CONNECTION_FAILURE, f"{request.url} cannot be reached: {error}"
            ) from error

    def _token(self, url: str, form: Mapping[str, str]) -> str:
        """The same for the same request, however often it is sent."""
        once = f"{self.call_sid} {url} {sorted(form.items())}"
        return hashlib.sha256(once.encode()).hexdigest()
