"""What every answer of the dashboard tells the browser, so that a mistake does less harm."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # No script at all, so no injected one either.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # What is shown is personal: it stays in no cache.
    "Cache-Control": "no-store",
}

HSTS = "max-age=31536000"


class SecurityHeaders:
    """ASGI middleware that adds `HEADERS`."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap an application.

        Args:
            app: the application.
            https: whether it is reached by HTTPS only.
        """
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": HSTS} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with our headers."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_safely)
