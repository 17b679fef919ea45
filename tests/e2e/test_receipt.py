"""The receipt that a whole call leaves behind."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from calls.entries import Tokens
from calls.receipts import Receipt, Receipts
from database import build_engine, build_sessions
from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, Answers, Product, running_product

CALL_SID = "CA" + "7" * 32
GREETING, ANSWER = "Hello at the spa.", "You have no appointment."


async def hear_and_ask(line: Line) -> None:
    await line.listen(settle_secs=0.3)
    await line.say("Do I have an appointment?")
    await line.listen(settle_secs=0.5)


async def receipt_of(product: Product, complete: int) -> Receipt:
    """The receipt, once so many turns are on it."""
    engine = build_engine(product.database_url)
    try:
        async with asyncio.timeout(20):
            while True:
                receipt = await Receipts(build_sessions(engine)).of(CALL_SID)
                if receipt and receipt.ended_at and len(receipt.turns) >= complete:
                    return receipt
                await asyncio.sleep(0.05)
    finally:
        await engine.dispose()


async def test_a_call_leaves_who_said_what_the_tools_and_the_cost(tmp_path: Path) -> None:
    agent = Answers(
        [Say(GREETING)],
        [CallTool("get_customer_history", {"name": "Ada Lovelace"})],
        [Say(ANSWER)],
    )
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        await place_call(
            product.voice_url, ACCOUNT, from_=CALLER, script=hear_and_ask, call_sid=CALL_SID
        )
        receipt = await receipt_of(product, 3)
    assert [(turn.who, turn.text) for turn in receipt.turns] == [
        ("agent", GREETING),
        ("caller", "something"),
        ("agent", ANSWER),
    ]
    assert receipt.turns[0].latency_ms is None
    assert receipt.turns[2].latency_ms is not None
    (tool,) = receipt.tools
    assert (tool.name, tool.arguments) == ("get_customer_history", {"name": "Ada Lovelace"})
    assert tool.result
    assert (tool.ok, tool.result["ok"]) == (True, True)
    assert receipt.outcome == "completed"
    spoken = [use for use in receipt.model_uses if use.tokens != Tokens()]
    assert len(spoken) == 3
    assert receipt.tokens.audio_out > 0
    assert receipt.tokens.text_in > receipt.tokens.audio_in > 0
    assert receipt.heard_secs > 0.5
    assert receipt.cost_usd
    assert receipt.cost_usd > 0.001


async def test_a_database_that_takes_no_entries_does_not_hurt_the_call(tmp_path: Path) -> None:
    agent = Answers([Say(GREETING)], [Say(ANSWER)])
    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        engine = build_engine(product.database_url)
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE call_turns"))
        call = await place_call(
            product.voice_url, ACCOUNT, from_=CALLER, script=hear_and_ask, call_sid=CALL_SID
        )
        async with engine.connect() as connection:
            query = text("SELECT outcome FROM calls")
            assert await connection.scalar(query) == "completed"
        await engine.dispose()
    assert len(agent.conversations) == 2
    assert call
