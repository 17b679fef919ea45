"""A stand-in that answers HTTP on a port of this machine."""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp


class LocalServer:
    """Serves an application from `start` to `stop`."""

    def __init__(self, app: ASGIApp, *, port: int = 0) -> None:
        """Prepare a server.

        Args:
            app: what answers.
            port: where to listen on 127.0.0.1; 0 takes a free one.
        """
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._port = port
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> str:
        """Listen; gives the origin."""
        listener = socket.create_server(("127.0.0.1", self._port))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def drop(self, request: Request) -> None:
        """Lose the connection of a request."""
        connections: Any = self._server.server_state.connections
        for connection in list(connections):
            if connection.client == request.scope["client"]:
                connection.transport.abort()

    async def stop(self) -> None:
        """Let go of the port."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
