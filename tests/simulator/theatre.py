"""A product of a few lines and the real stand-in for the model, for scenarios to be played on."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from websockets.asyncio.client import ClientConnection, connect

from simulator.line import SETTLE_SECS
from simulator.play import Event, Report, Stage, play_scenario
from simulator.playout import BYTES_PER_SEC
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.scenario import Scenario
from tests.simulator.product import ACCOUNT, CALLER, Product, Stream, running_product
from tests.simulator.realtime_client import MODEL, MULAW_SESSION

BOOK: dict[str, Any] = {"tool": "book", "arguments": {"name": "{{ 'Maria' }}"}}
ROW = {"phone": CALLER, "treatment": "facial", "status": "booked"}
PATIENCE_SECS = 2.5
FILLER = b"\x70" * 800


@dataclass
class Receptionist:
    """Connects a stream to the model, and books when the model calls a tool."""

    model_url: str
    database: Path
    result: dict[str, Any] = field(default_factory=lambda: {"ok": True, "message": "Booked."})
    rows: int = 1
    asks_for_answers: bool = True
    ends_after_tool: bool = False
    outlives_the_line: bool = False
    prompts_after_frames: int | None = None
    fills_pauses: bool = False
    writes_to: str | None = None
    message_url: str = ""
    cleared: int = 0
    booked: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, stream: Stream) -> None:
        headers = {"Authorization": "Bearer sk-test"}
        url = f"{self.model_url}?model={MODEL}"
        async with connect(url, additional_headers=headers, compression=None) as model:
            await self.send(model, "session.update", session=MULAW_SESSION)
            await self.send(model, "response.create")
            listening = asyncio.create_task(self.listen(stream, model))
            try:
                for frame in itertools.count():
                    media = await stream.until("media")
                    if frame == self.prompts_after_frames:
                        await self.send(model, "response.create")
                    payload = media["media"]["payload"]
                    await self.send(model, "input_audio_buffer.append", audio=payload)
            finally:
                if self.outlives_the_line:
                    await self.booked.wait()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def listen(self, stream: Stream, model: ClientConnection) -> None:
        async for message in model:
            event = json.loads(message)
            if event["type"] == "response.output_audio.delta":
                await stream.speak(base64.b64decode(event["delta"]))
            elif event["type"] == "input_audio_buffer.speech_started":
                self.cleared += 1
                await stream.send("clear")
            elif event["type"] == "response.function_call_arguments.done":
                await self.fill_pause(stream)
                await self.book(model, event["call_id"])
                if self.ends_after_tool:
                    await stream.websocket.close()
            elif event["type"] == "response.done" and self.asks_for_answers:
                kinds = [item["type"] for item in event["response"]["output"]]
                if "function_call" in kinds:
                    await self.send(model, "response.create")

    async def fill_pause(self, stream: Stream) -> None:
        """Say something while a tool takes its time."""
        if self.fills_pauses:
            await stream.speak(FILLER)
            await asyncio.sleep(len(FILLER) / BYTES_PER_SEC + SETTLE_SECS)

    async def book(self, model: ClientConnection, call_id: str) -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{self.database}")
        async with engine.begin() as connection:
            for _ in range(self.rows):
                await connection.execute(
                    text(
                        "INSERT INTO appointments VALUES"
                        " (1, 1, 'facial', '2026-12-01 19:00:00', 'booked', 'K4')"
                    )
                )
        await engine.dispose()
        await self.write()
        self.booked.set()
        output = {
            "type": "function_call_output",
            "call_id": call_id,
            "output": json.dumps(self.result),
        }
        await self.send(model, "conversation.item.create", item=output)

    async def write(self) -> None:
        """A text message to the customer."""
        if self.writes_to is not None:
            form = {"To": self.writes_to, "From": ACCOUNT.number, "Body": "Booked: facial."}
            auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
            async with httpx.AsyncClient(auth=auth) as http:
                (await http.post(self.message_url, data=form)).raise_for_status()

    async def send(self, model: ClientConnection, kind: str, **body: Any) -> None:
        await model.send(json.dumps({"type": kind, **body}))


@dataclass
class Theatre:
    """All that a scenario needs, running."""

    product: Product
    receptionist: Receptionist
    model: RealtimeSimulator
    stage: Stage
    events: list[Event] = field(default_factory=list[Event])

    async def play(
        self,
        turns: list[dict[str, Any]],
        *,
        rows: tuple[dict[str, str], ...] = (),
        verbs: tuple[str, ...] = ("connect",),
        wav_folder: Path | None = None,
        messages: tuple[dict[str, str], ...] = (),
        rest: TwilioRest | None = None,
        **traits: Any,
    ) -> Report:
        call = {"from": CALLER, "turns": turns, "verbs": verbs, **traits}
        return await play_scenario(
            Scenario.model_validate(
                {
                    "name": "mine",
                    "title": "A call",
                    "calls": [call],
                    "expect": {"appointments": rows, "messages": messages},
                }
            ),
            stage=self.stage,
            account=ACCOUNT,
            voice_url=self.product.voice_url,
            database_url=f"sqlite+aiosqlite:///{self.receptionist.database}",
            wav_folder=wav_folder,
            show=self.events.append,
            patience_secs=PATIENCE_SECS,
            rest=rest,
        )


@asynccontextmanager
async def open_theatre(folder: Path) -> AsyncGenerator[Theatre]:
    """All that a scenario needs, with its database in a folder."""
    database = folder / "spa.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///{database}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE customers (id INTEGER, phone, name)"))
        await connection.execute(
            text("CREATE TABLE appointments (id, customer_id, treatment, starts_at, status, code)")
        )
        await connection.execute(
            text("INSERT INTO customers VALUES (1, :phone, 'Maria')"), {"phone": CALLER}
        )
    await engine.dispose()
    stage = Stage()
    async with RealtimeSimulator(stage) as model, running_product() as product:
        product.answer("/voice", product.connect(action="/after"))
        product.answer("/after", "<Say>Sorry.</Say><Dial>+15005550010</Dial>")
        product.talk = receptionist = Receptionist(model.url, database)
        yield Theatre(product, receptionist, model, stage)
