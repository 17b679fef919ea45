"""The server: who may connect, and a session for each who does.

async with GrokSimulator(MyAgent) as model:
    connect_to(model.url + "?model=grok-voice-latest")
"""

from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from simulator.grok.session import GrokSession
from simulator.realtime.server import RealtimeSimulator
from simulator.realtime.session import Session

MODELS = ("grok-voice-latest", "grok-voice-think-fast-2.0", "grok-voice-think-fast-1.0")
"""Models that answer; the first is an alias, and the default."""


class GrokSimulator(RealtimeSimulator):
    """An async context manager that serves while it is entered, with the knobs of its base."""

    paths: ClassVar[tuple[str, ...]] = ("/v1/realtime",)
    session_type: ClassVar[type[Session]] = GrokSession

    async def _process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        refused = await super()._process_request(connection, request)
        if refused is not None:
            return refused
        # How xAI refuses a socket is not published; this is what its HTTP API does.
        if not request.headers.get("Authorization", "").startswith("Bearer xai-"):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Incorrect API key provided.\n")
        if (model := self._admit(request)) not in MODELS:
            return connection.respond(HTTPStatus.NOT_FOUND, f"The model {model} does not exist.\n")
        return None

    def _admit(self, request: Request) -> str:
        return parse_qs(urlsplit(request.path).query).get("model", MODELS[:1])[0]
