"""No process takes more than it can hold, and who is not taken reaches a person."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from sqlalchemy import text

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from simulator.caller import CallRecord, Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.product import (
    ACCOUNT,
    CALLER,
    DESK,
    PROMPT,
    Answers,
    Product,
    running_product,
)

HELLO = [Say("Hello.", audio=b"\x70" * 4000)]
BUSY = ["say:All our lines are busy. I will connect you to our front desk.", f"dial:{DESK}"]
NOBODY = "ws://127.0.0.1:9/v1/realtime"


class Talk:
    """A call that goes on until it is told to hang up."""

    def __init__(self, product: Product) -> None:
        self.up = asyncio.Event()
        self._enough = asyncio.Event()
        self._call = asyncio.create_task(
            place_call(product.voice_url, ACCOUNT, from_=CALLER, script=self._script)
        )

    async def __aenter__(self) -> "Talk":
        await self.up.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._enough.set()
        await self._call

    async def _script(self, line: Line) -> None:
        await line.listen(settle_secs=0.1)
        self.up.set()
        while not self._enough.is_set():
            await line.wait(100)

    async def hang_up(self) -> CallRecord:
        self._enough.set()
        return await self._call


async def stay(line: Line) -> None:
    await line.listen(settle_secs=0.1)


async def asked(product: Product) -> tuple[int, str | None]:
    """What /ready answers."""
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{product.origin}/ready")
    return response.status_code, response.json()["reason"]


async def call(product: Product) -> CallRecord:
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=stay)


async def outcome_of(product: Product, record: CallRecord) -> Outcome | None:
    engine = build_engine(product.database_url)
    outcome = await CallRecords(build_sessions(engine), now).outcome(record.call_sid)
    await engine.dispose()
    return outcome


async def test_above_the_limit_a_person_answers_and_the_others_talk_on(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls=2) as product,
        AsyncExitStack() as talks,
    ):
        assert await asked(product) == (200, None)
        first = await talks.enter_async_context(Talk(product))
        second = await talks.enter_async_context(Talk(product))
        assert await asked(product) == (503, "every line is taken")
        refused = await call(product)
        assert refused.verbs == [*BUSY, "hangup"]
        assert await outcome_of(product, refused) is Outcome.REFUSED
        assert (await first.hang_up()).ended_by == "the caller"
        while await asked(product) != (200, None):
            await asyncio.sleep(0.02)
        assert (await call(product)).verbs == ["connect"]
        record = await second.hang_up()
        assert (record.ended_by, record.warnings) == ("the caller", [])
    assert len(model.sessions) == 3


async def test_at_night_who_is_not_taken_reaches_voicemail(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path, max_calls=1, desk_open=False) as product,
        Talk(product),
    ):
        record = await call(product)
    assert record.verbs[:2] == [f"say:{PROMPT}", "record"]


async def test_without_a_database_the_process_is_not_ready(tmp_path: Path) -> None:
    async with running_product(NOBODY, tmp_path) as product:
        engine = build_engine(product.database_url)
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE calls"))
        await engine.dispose()
        assert await asked(product) == (503, "the database does not answer")
