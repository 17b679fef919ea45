"""A real socket in this process: uvicorn as in production on one end, `websockets` on the other."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection, connect


@asynccontextmanager
async def open_line(
    endpoint: Callable[[WebSocket], Awaitable[None]],
    ws: type[WebSocketsSansIOProtocol] = WebSocketsSansIOProtocol,
) -> AsyncGenerator[str]:
    """The URL of a server that runs the endpoint for each socket, which are of the type `ws`."""
    app = FastAPI()
    app.add_api_websocket_route("/media-stream", endpoint)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, ws=ws, ws_ping_interval=None, lifespan="off", log_config=None)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/media-stream"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def open_call(
    endpoint: Callable[[WebSocket], Awaitable[None]],
    ws: type[WebSocketsSansIOProtocol] = WebSocketsSansIOProtocol,
) -> AsyncGenerator[ClientConnection]:
    """Twilio's end of one socket."""
    async with open_line(endpoint, ws) as url, connect(url, compression=None) as twilio:
        yield twilio


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward, so that no test waits for a timeout."""

    skipped_secs = 0.0

    def time(self) -> float:
        """The loop's time, which `call_later` and so every timeout goes by."""
        return super().time() + self.skipped_secs


def skip(secs: float) -> None:
    """Put the clock of the running loop forward."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    loop.skipped_secs += secs
