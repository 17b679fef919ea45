"""A call to ourselves through PUBLIC_URL, as Twilio would make it: the webhook, then the socket."""

import secrets
from dataclasses import dataclass

import aiohttp
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from doctor.call_document import NoStream, stream_url
from doctor.finding import Finding, fine, wrong
from settings import Settings

WEBHOOK_SECS = 15
"""Twilio's own limit."""

FORBIDDEN = 403

BETWEEN_FIX = "see what stands between PUBLIC_URL and the server, and the server's log"


class Unreachable(Exception):
    """The webhook did not answer as one; the message says why.

    Attributes:
        fix: what mends it.
    """

    def __init__(self, told: str, fix: str) -> None:
        super().__init__(told)
        self.fix = fix


@dataclass(frozen=True)
class SelfCall:
    """A call that ends before anybody speaks.

    Attributes:
        http: a session of aiohttp.
        settings: of the process that is called.
        form: what Twilio says of it.
    """

    http: aiohttp.ClientSession
    settings: Settings
    form: dict[str, str]

    async def ask(self, url: str, **more: str) -> str:
        """The document that a webhook answers.

        Raises:
            Unreachable: it answers none.
        """
        form = self.form | more
        headers = {"X-Twilio-Signature": self.signature(url, form)}
        try:
            async with self.http.post(
                url, data=form, headers=headers, allow_redirects=False
            ) as answer:
                document = await answer.text()
        except aiohttp.ClientSSLError as error:
            raise Unreachable(
                f"TLS fails (Twilio's error 11220): {error}",
                "let the proxy at PUBLIC_URL answer with a valid certificate and its whole chain",
            ) from error
        except TimeoutError as error:
            raise Unreachable(
                f"no answer within {WEBHOOK_SECS} s (Twilio's error 11200)", BETWEEN_FIX
            ) from error
        except (aiohttp.ClientError, UnicodeDecodeError) as error:
            raise Unreachable(
                f"no answer (Twilio's error 11205): {type(error).__name__}: {error}",
                "make serve, and see that PUBLIC_URL leads to it",
            ) from error
        if answer.status == FORBIDDEN:
            raise Unreachable(
                f"the signature is refused: {document.strip()[:200]}",
                "set PUBLIC_URL and TWILIO_AUTH_TOKEN of the server to the ones used here",
            )
        if not answer.ok or answer.status >= 300:  # noqa: PLR2004  the first that is no success
            raise Unreachable(
                f"it answers {answer.status} (Twilio's error 11200): "
                f"{document.strip()[:200] or 'no words'}",
                BETWEEN_FIX,
            )
        return document

    def signature(self, url: str, form: dict[str, str]) -> str:
        """As Twilio would sign; of nothing where the server asks for no signature."""
        tokens = self.settings.auth_tokens
        return RequestValidator(tokens[0]).compute_signature(url, form) if tokens else ""

    async def open_socket(self, url: str) -> Finding:
        """Open the stream's socket and leave it again."""
        headers = {"X-Twilio-Signature": self.signature(url, {})}
        try:
            async with connect(url, additional_headers=headers, compression=None):
                return fine("socket", f"{self.settings.stream_origin}/media-stream is open")
        except InvalidStatus as error:
            told = f"the upgrade is answered with {error.response.status_code}"
        except (OSError, TimeoutError, WebSocketException) as error:
            told = f"{type(error).__name__}: {error}"
        return wrong(
            "socket",
            f"{told} (Twilio's error 31920)",
            "let the proxy or tunnel pass WebSocket upgrades to /media-stream unchanged",
        )


async def call_ourselves(settings: Settings) -> list[Finding]:
    """Ring at PUBLIC_URL, pick up, hang up; it costs what asking the model for a greeting costs."""
    if not settings.takes_phone_calls:
        told = f"no phone call is let in without TWILIO_AUTH_TOKEN: call from {settings.public_url}"
        return [fine("webhook", f"{told}/phone")]
    form = {
        "AccountSid": settings.twilio_account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": "CA" + secrets.token_hex(16),
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": "client:doctor",
        "To": settings.twilio_phone_number,
    }
    url = f"{settings.public_url}/voice"
    timeout = aiohttp.ClientTimeout(total=WEBHOOK_SECS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        call = SelfCall(http, settings, form)
        try:
            stream = stream_url(await call.ask(url))
        except Unreachable as error:
            return [wrong("webhook", f"{url}: {error}", error.fix)]
        except NoStream as error:
            return [wrong("webhook", f"{url}: {error}", BETWEEN_FIX)]
        found = [fine("webhook", f"{url} answers with a two-way stream")]
        if not stream.startswith(f"{settings.stream_origin}/"):
            # Its path is a token.
            there = "/".join(stream.split("/")[:3])
            told = f"{url} sends the stream to {there}, not to {settings.stream_origin}"
            return [wrong("webhook", told, "give the server the PUBLIC_URL that is used here")]
        found.append(await call.open_socket(stream))
        try:
            await call.ask(f"{settings.public_url}/voice/status", CallStatus="completed")
        except Unreachable as error:
            found.append(wrong("webhook", f"/voice/status: {error}", error.fix))
        return found
