"""What the log of a whole call says, and what it never says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product

WORDS = "Lavender is our favourite."
TOLD = (
    "Phone rings, caller ...12",
    "Socket accepted",
    "Stream connected: protocol Call, version 1.0.0",
    "Model connected: gpt-realtime-2.1",
    "Session configured",
    "started, caller ...12",
    "First audio from the caller",
    "First word to the caller after",
    "Tool get_customer_history called",
    "Tool get_customer_history answered",
    "Stream stopped by the line",
    "Call ended after",
)


async def logged_call(folder: Path, **changes: Any) -> list[tuple[str, str]]:
    """Play a call; the lines of its log with the call that each is bound to."""
    lines: list[tuple[str, str]] = []

    def keep(message: Any) -> None:
        record = message.record
        if not (record["name"] or "").startswith(("pipecat", "tests", "simulator")):
            lines.append((record["extra"].get("call_sid", ""), record["message"]))

    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.5)

    sink = logger.add(keep, level="INFO")
    try:
        async with (
            RealtimeSimulator(
                lambda: Answers([CallTool("get_customer_history")], [Say(WORDS)])
            ) as model,
            running_product(model.url, folder, **changes) as product,
        ):
            await place_call(
                product.voice_url, ACCOUNT, from_=CALLER, script=listen, call_sid="CA" + "7" * 32
            )
            await asyncio.wait_for(model.sessions[0].closed.wait(), 10)
    finally:
        logger.remove(sink)
    return lines


async def test_every_event_of_a_call_is_logged_with_its_call(tmp_path: Path) -> None:
    lines = await logged_call(tmp_path, log_speech="on")
    of_the_call = "\n".join(text for call_sid, text in lines if call_sid == "CA" + "7" * 32)
    for told in TOLD:
        assert told in of_the_call
    assert WORDS in of_the_call
    assert "bytes in" in of_the_call


@pytest.mark.parametrize(
    "changes", [{"log_speech": "off"}, {"log_speech": "auto", "environment": "production"}]
)
async def test_speech_numbers_and_secrets_stay_out_of_the_log(
    changes: dict[str, str], tmp_path: Path
) -> None:
    text = "\n".join(line for _, line in await logged_call(tmp_path, **changes))
    assert "Tool get_customer_history called: not logged" in text
    for secret in (WORDS, CALLER, CALLER[2:], ACCOUNT.auth_token, "sk-test", "media-stream/"):
        assert secret not in text
