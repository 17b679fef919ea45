"""A booking that a locked database holds up, and a caller who speaks or hangs up meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import pytest

from receptionist import now
from simulator.appointment_book import read_appointments
from simulator.caller import Line, place_call
from simulator.realtime import CallTool, Conversation, Output, RealtimeSimulator, Say
from simulator.scenario import Script
from tests.e2e.product import ACCOUNT, CALLER, Product, running_product

LONG = b"\x70" * 24_000
SHORT = b"\x70" * 4_000
PATIENCE_SECS = 15.0


class Booker:
    """Books at the caller's first words, fills pauses, and tells what it knows of the booking."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.booking = asyncio.Event()
        self.filling = asyncio.Event()
        day = Script("America/New_York", now()).fill("{{ weekday('tuesday') }}")
        self.arguments = {"service": "hot stones", "date": day, "time": "14:00", "name": "Ada Low"}
        self.starts_at = f"{day} 14:00"

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.conversations.append(conversation)
        if conversation.metadata:
            self.filling.set()
            return [Say("One moment, please.", audio=LONG)]
        if not conversation.user_turns:
            return [Say("Hello.", audio=SHORT)]
        if not self.booking.is_set():
            self.booking.set()
            return [CallTool("book_appointment", self.arguments)]
        return [Say("Yes.", audio=SHORT)]

    def transcribe(self, turn: int) -> str | None:
        return "something"

    @property
    def told(self) -> list[bool]:
        """What the model was told of the booking, once for each result."""
        return [output["ok"] for output in self.conversations[-1].function_outputs]


@asynccontextmanager
async def locked(product: Product) -> AsyncGenerator[None]:
    """The database's only place for a writer is taken, as soon as nobody else has it."""
    path = product.database_url.partition(":///")[2]
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await connection.execute("BEGIN IMMEDIATE")
        yield
        await connection.execute("ROLLBACK")


@pytest.fixture
def booker() -> Booker:
    return Booker()


@pytest.fixture
async def model(booker: Booker) -> AsyncGenerator[RealtimeSimulator]:
    async with RealtimeSimulator(lambda: booker) as model:
        yield model


@pytest.fixture
async def product(model: RealtimeSimulator, tmp_path: Path) -> AsyncGenerator[Product]:
    async with running_product(model.url, tmp_path) as product:
        yield product


async def booked(product: Product) -> list[str]:
    rows = await read_appointments(product.database_url, "America/New_York")
    return [row["starts_at"] for row in rows]


async def test_a_barge_in_does_not_cancel_a_write_and_the_model_is_told(
    booker: Booker, model: RealtimeSimulator, product: Product
) -> None:
    async def interrupt(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        async with locked(product):
            await line.say("Hot stones on Tuesday at two.")
            async with asyncio.timeout(PATIENCE_SECS):
                await booker.filling.wait()
            await line.hear_agent(300)
            await line.say("And tell me, is there parking?")
        async with asyncio.timeout(PATIENCE_SECS):
            while not booker.told:  # noqa: ASYNC110  the model has no event for it
                await asyncio.sleep(0.02)
        await line.listen(settle_secs=0.3)

    record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=interrupt)
    assert await booked(product) == [booker.starts_at]
    session = model.sessions[0]
    assert booker.told == [True]
    assert record.stream is not None
    assert any('"clear"' in message for message in record.stream.received)
    assert not [event for event in session.sent if event["type"] == "error"]


async def test_who_hangs_up_during_a_write_has_booked(booker: Booker, product: Product) -> None:
    async def leave(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        async with locked(product):
            await line.say("Hot stones on Tuesday at two.")
            async with asyncio.timeout(PATIENCE_SECS):
                await booker.booking.wait()
            await line.wait(300)
            assert await booked(product) == []
            await line.hang_up()

    await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=leave)
    async with asyncio.timeout(PATIENCE_SECS):
        while not await booked(product):  # noqa: ASYNC110  what is waited for is in a database
            await asyncio.sleep(0.05)
    assert await booked(product) == [booker.starts_at]
