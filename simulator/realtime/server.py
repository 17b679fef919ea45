"""The server: who may connect, and a session for each who does.

What the model says comes from an `Agent`; how the service behaves is turned with `Knobs`.

    async with RealtimeSimulator(MyAgent, speed_factor=10) as model:
        connect_to(model.url + "?model=gpt-realtime-2.1")
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import ClassVar, Self, cast
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from simulator.realtime.agent import Agent
from simulator.realtime.echo import EchoConnection
from simulator.realtime.errors import FatalError
from simulator.realtime.knobs import Knobs
from simulator.realtime.models import AZURE, admit
from simulator.realtime.session import Session
from simulator.realtime.wire import Wire

_PATH = "/v1/realtime"
_LARGEST_MESSAGE = 32 * 1024 * 1024
"""Room for 15 MiB of audio in base64."""


@dataclass
class RealtimeSimulator(Knobs):
    """An async context manager that serves while it is entered.

    The knobs are keyword arguments, and attributes that may be turned while it runs.

    Attributes:
        paths: Where sessions are served.
        session_type: What serves them.
        agent_factory: Makes the agent of each connection.
        port: Where to listen on 127.0.0.1; 0 takes a free one, which is here once it runs.
    """

    paths: ClassVar[tuple[str, ...]] = (_PATH, AZURE)
    session_type: ClassVar[type[Session]] = Session
    agent_factory: Callable[[], Agent]
    port: int = 0

    def __post_init__(self) -> None:
        """Begin with an empty record."""
        self.sessions: list[Session] = []
        self.refused: list[FatalError] = []
        self._attempts = 0
        self._leaving = asyncio.Event()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The WebSocket address, without `?model=`."""
        return f"{self.base_url}/realtime"

    @property
    def base_url(self) -> str:
        """What OpenAI's own client takes as `websocket_base_url`."""
        return f"ws://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            process_request=self._process_request,
            compression=None,
            max_size=_LARGEST_MESSAGE,
            create_connection=EchoConnection,
            open_timeout=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every session; an agent's exception surfaces here, unless another one does."""
        self._leaving.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        failures = [failure for session in self.sessions for failure in session.failures]
        if failures and error is None:
            raise ExceptionGroup("the simulated model failed", failures)

    async def _process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        if self.hang == "connect":
            await self._until_given_up(connection)
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The server is going.\n")
        if self.refuse_with_http is not None:
            status = HTTPStatus(self.refuse_with_http)
            return connection.respond(status, f"{status.phrase}\n")
        if urlsplit(request.path).path not in self.paths:
            return connection.respond(HTTPStatus.NOT_FOUND, f"There is only {self.paths[0]}\n")
        return None

    async def _until_given_up(self, connection: ServerConnection) -> None:
        waits = [
            asyncio.create_task(self._leaving.wait()),
            asyncio.create_task(connection.wait_closed()),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _serve(self, connection: ServerConnection) -> None:
        if self.hang == "session":
            await connection.wait_closed()
            return
        self._attempts += 1
        request = connection.request
        if request is None:
            raise RuntimeError("a connection is served after its handshake")
        try:
            model = self._admit(request)
        except FatalError as error:
            await self._refuse(connection, error)
            return
        echoing = cast("EchoConnection", connection)
        session = self.session_type(echoing, self.agent_factory(), model, self, self._attempts)
        self.sessions.append(session)
        await session.run()

    def _admit(self, request: Request) -> str:
        """The model that a session asks for, or a FatalError."""
        return admit(request.path, request.headers)

    async def _refuse(self, connection: ServerConnection, error: FatalError) -> None:
        """The handshake has succeeded; only now does the service say what was wrong with it."""
        self.refused.append(error)
        wire = Wire(connection, self, self._attempts)
        wire.emit("error", error=error.body(None))
        wire.close(error.close_code, error.reason)
        await wire.pump()
