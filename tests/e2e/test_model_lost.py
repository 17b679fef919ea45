"""Whatever happens to the model, the caller reaches a person."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from simulator.caller import CallRecord, Line, LineEnded, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.product import (
    ACCOUNT,
    CALLER,
    DESK,
    DESK_SENTENCE,
    Answers,
    Product,
    running_product,
)

PERSON = ["connect", f"say:{DESK_SENTENCE}", f"dial:{DESK}", "hangup"]
ANSWER = b"\x70" * 8000


async def wait_for_the_end(line: Line) -> None:
    with pytest.raises(LineEnded):
        await line.play(b"\xff" * 8000 * 15)
    raise LineEnded("as the script expected")


async def call(product: Product) -> CallRecord:
    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait_for_the_end)


async def outcome_of(product: Product, record: CallRecord) -> Outcome | None:
    """How the call ended; that is noted behind it where the database is busy."""
    engine = build_engine(product.database_url)
    records = CallRecords(build_sessions(engine), now)
    try:
        async with asyncio.timeout(10):
            while True:
                outcome = await records.outcome(record.call_sid)
                if outcome is not Outcome.TALKING:
                    return outcome
                await asyncio.sleep(0.05)
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("key", "knobs"),
    [
        ("sk-bad", {}),
        ("sk-poor", {}),
        ("sk-test", {"refuse_with_http": 401}),
        ("sk-test", {"refuse_with_http": 500}),
        ("sk-test", {"hang": "connect"}),
        ("sk-test", {"hang": "session"}),
    ],
)
async def test_a_model_that_refuses_gives_the_caller_a_person(
    key: str, knobs: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        RealtimeSimulator(Answers, **knobs) as model,
        running_product(model.url, tmp_path, openai_api_key=key) as product,
    ):
        record = await call(product)
        assert record.verbs == PERSON
        assert await outcome_of(product, record) is Outcome.FAILED


async def test_a_model_that_nobody_listens_for_gives_the_caller_a_person(tmp_path: Path) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        assert (await call(product)).verbs == PERSON


async def test_a_model_that_leaves_in_the_middle_gives_the_caller_a_person(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(
            lambda: Answers([Say("Hi.", audio=ANSWER)]), session_seconds=1.5, expire_silently=True
        ) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await call(product)
    assert record.verbs == PERSON
    assert record.stream is not None
    assert record.stream.playout.heard


async def test_a_caller_who_hangs_up_ends_the_call_and_the_models_session(tmp_path: Path) -> None:
    async def say_little(line: Line) -> None:
        await line.listen(settle_secs=0.2)

    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=ANSWER)])) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=say_little)
        await model.sessions[0].closed.wait()
        assert record.verbs == ["connect"]
        assert record.ended_by == "the caller"
        assert await outcome_of(product, record) is Outcome.COMPLETED
