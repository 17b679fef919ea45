"""An OpenTelemetry collector: takes traces by HTTP, as protobuf."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """What was collected.

    Attributes:
        url: the endpoint.
        spans: in the order in which they came.
        services: who sent them.
        raw: everything that came, for a grep.
    """

    url: str
    spans: list[Span] = field(default_factory=list[Span])
    services: set[str] = field(default_factory=set[str])
    raw: bytes = b""

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110  the exporter is another process
                await asyncio.sleep(0.02)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw += body
        export = ExportTraceServiceRequest.FromString(body)
        for resource in export.resource_spans:
            self.services.add(attributes(resource.resource)["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")


def attributes(owner: Any) -> dict[str, Any]:
    """The attributes of a span or of a resource."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in owner.attributes}


@asynccontextmanager
async def collector() -> AsyncGenerator[Collector]:
    """Collect on a free port."""
    collected = Collector("")
    app = web.Application()
    app.router.add_post("/v1/traces", collected.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    collected.url = f"http://127.0.0.1:{port}"
    try:
        yield collected
    finally:
        await runner.cleanup()
