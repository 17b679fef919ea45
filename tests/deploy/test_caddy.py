"""The proxy of the Compose file, a real one, before two stand-ins for replicas."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import WSMessage, web
from websockets.asyncio.client import connect

from simulator.child import free_port
from tests.deploy.product import DEPLOY, settings_of

CADDY = str(Path(sys.executable).parent / "caddy")
CADDYFILE = str(DEPLOY / "Caddyfile")
FORM = {"CallSid": "CA" + "1" * 32, "SpeechResult": "a" * 5000}


class Replica:
    """A server that says who it is, and may be full or die while it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready = True
        self.dies = False
        self.asked = 0
        self._news = asyncio.Condition()

    async def asked_until(self, times: int) -> None:
        """Wait until somebody has asked so often whether it is ready."""
        async with self._news:
            await self._news.wait_for(lambda: self.asked >= times)

    async def answer_ready(self, request: web.Request) -> web.Response:
        async with self._news:
            self.asked += 1
            self._news.notify_all()
        return web.Response(status=200 if self.ready else 503)

    async def answer_health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def answer(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if self.dies and request.transport is not None:
            request.transport.abort()
        return web.json_response({"by": self.name, "form": form})

    async def echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            assert isinstance(message, WSMessage)
            await socket.send_str(message.data)
        return socket

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[int]:
        app = web.Application()
        app.router.add_get("/ready", self.answer_ready)
        app.router.add_get("/health", self.answer_health)
        app.router.add_get("/media-stream/{token}", self.echo)
        app.router.add_post("/{path:.*}", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield port
        finally:
            await runner.cleanup()


class House:
    """Caddy and what is behind it."""

    def __init__(self, origin: str, environment: dict[str, str], replicas: list[Replica]) -> None:
        self.origin = origin
        self.environment = environment
        self.replicas = replicas

    async def post(self, path: str) -> str:
        """Who answers a webhook; the form has to arrive whole."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.origin}{path}", data=FORM)
        assert answer.status_code == 200
        assert answer.json()["form"] == FORM
        return answer.json()["by"]

    async def known(self) -> None:
        """Wait until Caddy has heard from each replica how it is."""
        before = [replica.asked for replica in self.replicas]
        async with asyncio.timeout(20):
            # Who asks again has looked at the last answer.
            for replica, then in zip(self.replicas, before, strict=True):
                await replica.asked_until(then + 2)


@asynccontextmanager
async def caddy(folder: Path, *replicas: Replica) -> AsyncGenerator[House]:
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(replica.running()) for replica in replicas]
        origin = f"http://127.0.0.1:{free_port()}"
        environment = {
            "HOME": str(folder),
            "PUBLIC_URL": origin,
            "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
            "LAST_RESORT": f"127.0.0.1:{free_port()}",
            "REPLICA_1": f"127.0.0.1:{ports[0]}",
            "REPLICA_2": f"127.0.0.1:{ports[1]}",
        }
        process = await asyncio.create_subprocess_exec(
            *(CADDY, "run", "--config", CADDYFILE),
            env=environment,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            house = House(origin, environment, list(replicas))
            await house.known()
            yield house
        finally:
            process.terminate()
            await process.wait()


async def test_who_rings_reaches_a_replica_that_is_ready(tmp_path: Path) -> None:
    full, free = Replica("full"), Replica("free")
    full.ready = False
    async with caddy(tmp_path, full, free) as house:
        assert {await house.post("/voice") for _ in range(6)} == {"free"}
        asked = [house.post("/voice/after") for _ in range(20)]
        assert set(await asyncio.gather(*asked)) == {"full", "free"}


async def test_when_nobody_is_ready_somebody_answers(tmp_path: Path) -> None:
    one, two = Replica("one"), Replica("two")
    one.ready = two.ready = False
    async with caddy(tmp_path, one, two) as house:
        assert await house.post("/voice") in {"one", "two"}


@pytest.mark.parametrize("path", ["/voice", "/voice/after"])
async def test_a_webhook_that_meets_a_dying_replica_goes_to_the_other(
    tmp_path: Path, path: str
) -> None:
    dying, well = Replica("dying"), Replica("well")
    dying.dies = True
    async with caddy(tmp_path, dying, well) as house:
        assert {await house.post(path) for _ in range(6)} == {"well"}


async def test_a_call_outlives_a_reload_of_the_proxy(tmp_path: Path) -> None:
    async with caddy(tmp_path, Replica("one"), Replica("two")) as house:
        url = house.origin.replace("http", "ws") + "/media-stream/token"
        async with connect(url, compression=None) as socket:
            await socket.send("before")
            assert await socket.recv() == "before"
            reload = await asyncio.create_subprocess_exec(
                *(CADDY, "reload", "--force", "--config", CADDYFILE),
                *("--address", house.environment["CADDY_ADMIN"]),
                env=house.environment,
                stderr=asyncio.subprocess.DEVNULL,
            )
            assert await reload.wait() == 0
            await house.known()
            await socket.send("after")
            assert await socket.recv() == "after"


def test_a_reload_waits_for_as_long_as_a_call_may_last() -> None:
    text = Path(CADDYFILE).read_text(encoding="utf-8")
    assert f"stream_close_delay {settings_of().max_call_seconds}s\n" in text
