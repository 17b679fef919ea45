"""What every answer of the dashboard tells the browser, so that a mistake does less harm."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # Our own files and nothing else: no script or style in a page, so no injected one either.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self'; media-src 'self'; form-action 'self'; "
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
    """ASGI middleware that adds `HEADERS`, as far as an answer does not say otherwise."""

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
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)
