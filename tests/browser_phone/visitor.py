"""A browser without a microphone: it asks what the page asks, and opens the stream."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.product import CALLER, Product

MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


class Visitor:
    """Somebody at the page.

    Attributes:
        http: the browser.
        origin: of the page.
    """

    def __init__(self, http: httpx.AsyncClient, origin: str) -> None:
        self.http = http
        self.origin = origin

    async def page(self) -> httpx.Response:
        return await self.http.get("/phone/")

    async def csrf(self) -> str:
        found = re.search(r'data-csrf="([^"]+)"', (await self.page()).text)
        assert found is not None
        return found[1]

    async def ring(self, from_: str = CALLER, **headers: str) -> httpx.Response:
        fields = {"from": from_, "csrf": await self.csrf()}
        return await self.http.post(
            "/phone/calls", data=fields, headers={"Origin": self.origin} | headers
        )

    async def tell(self, call_sid: str, what: str) -> httpx.Response:
        path = f"/phone/calls/{call_sid}/{what}"
        return await self.http.post(path, data={"csrf": await self.csrf()})

    async def happened(self, call_sid: str) -> dict[str, Any]:
        return (await self.http.get(f"/phone/calls/{call_sid}")).json()

    @asynccontextmanager
    async def stream(
        self, call: dict[str, Any], origin: str | None = None
    ) -> AsyncGenerator[ClientConnection]:
        """The stream of a call, begun."""
        url = self.origin.replace("http", "ws") + call["stream_path"]
        headers = {"Origin": self.origin if origin is None else origin}
        async with connect(url, additional_headers=headers, compression=None) as socket:
            for message in beginning(call):
                await socket.send(json.dumps(message))
            yield socket


def beginning(call: dict[str, Any]) -> list[dict[str, Any]]:
    body = {
        "accountSid": call["account_sid"],
        "streamSid": "MZ1",
        "callSid": call["call_sid"],
        "tracks": ["inbound"],
        "mediaFormat": MEDIA_FORMAT,
        "customParameters": call["parameters"],
    }
    return [
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {"event": "start", "sequenceNumber": "1", "start": body, "streamSid": "MZ1"},
    ]


@asynccontextmanager
async def visiting(product: Product, **headers: str) -> AsyncGenerator[Visitor]:
    """A browser on the machine of the product."""
    async with httpx.AsyncClient(base_url=product.origin, headers=headers) as http:
        yield Visitor(http, product.origin)
