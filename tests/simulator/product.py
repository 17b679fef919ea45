"""A small, strict product for the stand-in of Twilio to call, on real sockets."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from starlette.websockets import WebSocketDisconnect
from twilio.request_validator import RequestValidator

from simulator.caller import Account

ACCOUNT = Account("AC" + "1" * 32, "t0ken", "+15005550001")
CALLER = "+16175551212"
HANG_UP = "<Hangup/>"


@dataclass
class Answer:
    """What a webhook answers."""

    body: str = ""
    status: int = 200
    content_type: str = "text/xml"

    def response(self) -> Response:
        document = f"<Response>{self.body}</Response>"
        return Response(document, self.status, media_type=self.content_type)


@dataclass
class Asked:
    """A webhook that was asked."""

    path: str
    form: dict[str, str]
    token: str
    method: str = "POST"


class Stream:
    """The product's end of a media stream: literal texts, nothing hidden."""

    def __init__(self, websocket: WebSocket, texts: list[str]) -> None:
        self.websocket = websocket
        self.texts = texts
        self.stream_sid = ""

    async def next(self) -> dict[str, Any]:
        """The next message of Twilio."""
        self.texts.append(await self.websocket.receive_text())
        return json.loads(self.texts[-1])

    async def until(self, event: str) -> dict[str, Any]:
        """The next message of a kind; those before it are only noted."""
        while (message := await self.next())["event"] != event:
            pass
        return message

    async def send(self, event: str, **body: Any) -> None:
        """A message for this stream."""
        message = {"event": event, "streamSid": self.stream_sid, **body}
        await self.websocket.send_text(json.dumps(message))

    async def speak(self, mulaw: bytes) -> None:
        """Audio to play."""
        await self.send("media", media={"payload": base64.b64encode(mulaw).decode()})

    async def mark(self, name: str) -> None:
        """Ask for an echo."""
        await self.send("mark", mark={"name": name})


Talk = Callable[[Stream], Awaitable[None]]


async def listen_only(stream: Stream) -> None:
    """Say nothing until Twilio ends the stream."""
    while True:
        await stream.next()


@dataclass
class Product:
    """Answers with what a test puts here, to those who sign.

    Attributes:
        answers: of each path, in order; the last one again and again.
        talk: what the product does on a stream once it has begun.
        asked: the webhooks, in order.
        texts: what came on streams, as it was sent.
    """

    origin: str
    answers: dict[str, list[Answer]] = field(default_factory=dict[str, list[Answer]])
    talk: Talk = listen_only
    asked: list[Asked] = field(default_factory=list[Asked])
    texts: list[str] = field(default_factory=list[str])
    signed_path: str = "/media"
    refuses_streams: bool = False

    @property
    def voice_url(self) -> str:
        return f"{self.origin}/voice"

    @property
    def stream_origin(self) -> str:
        return self.origin.replace("http", "ws", 1)

    def connect(self, *, action: str = "", parameters: str = "") -> str:
        """The verb that opens a stream."""
        attribute = f' action="{action}"' if action else ""
        stream = f'<Stream url="{self.stream_origin}/media">{parameters}</Stream>'
        return f"<Connect{attribute}>{stream}</Connect>"

    def answer(self, path: str, *answers: Answer | str) -> None:
        """Put answers to a path."""
        self.answers[path] = [Answer(a) if isinstance(a, str) else a for a in answers]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    async def webhook(self, request: Request) -> Response:
        signed = {name: str(value) for name, value in (await request.form()).items()}
        form = signed | dict(request.query_params)
        path, query = request.url.path, request.url.query
        token = request.headers.get("I-Twilio-Idempotency-Token", "")
        self.asked.append(Asked(path, form, token, request.method))
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(ACCOUNT.auth_token).validate(
            f"{self.origin}{path}{'?' if query else ''}{query}", signed, signature
        ):
            return Response("bad signature", 403)
        answers = self.answers[path]
        return (answers.pop(0) if len(answers) > 1 else answers[0]).response()

    async def media(self, websocket: WebSocket) -> None:
        signature = websocket.headers.get("x-twilio-signature", "")
        expected = RequestValidator(ACCOUNT.auth_token).compute_signature(
            f"{self.stream_origin}{self.signed_path}", {}
        )
        if self.refuses_streams or signature != expected:
            await websocket.close()
            return
        await websocket.accept()
        stream = Stream(websocket, self.texts)
        assert (await stream.next())["event"] == "connected"
        stream.stream_sid = (await stream.next())["streamSid"]
        await self.talk(stream)


@asynccontextmanager
async def running_product() -> AsyncGenerator[Product]:
    """A product on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    product = Product(f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = FastAPI()
    app.add_api_websocket_route("/media", _until_gone(product.media))
    app.add_api_route("/{path:path}", product.webhook, methods=["GET", "POST"])
    server = uvicorn.Server(
        uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield product
    finally:
        server.should_exit = True
        await serving


def _until_gone(
    endpoint: Callable[[WebSocket], Awaitable[None]],
) -> Callable[[WebSocket], Awaitable[None]]:
    async def serve(websocket: WebSocket) -> None:
        try:
            await endpoint(websocket)
        except WebSocketDisconnect:
            return

    return serve
