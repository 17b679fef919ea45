from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.printed import printed
from calls.receipts import Receipt, Receipts
from calls.records import CallRecords
from database import build_sessions

RANG = datetime(2026, 11, 30, 15, tzinfo=UTC)


def after(secs: float) -> datetime:
    return RANG + timedelta(seconds=secs)


MISSED = Receipt(
    call_sid="CA0",
    caller=None,
    dialled="+15005550001",
    stir_verstat=None,
    outcome="missed",
    reason=None,
    rang_at=RANG,
    answered_at=None,
    ended_at=None,
    desk_answer=None,
    voicemail_sid=None,
    voicemail_secs=None,
)
TALKED = Receipt(
    call_sid="CA1",
    caller="+16175551212",
    dialled="+15005550001",
    stir_verstat="TN-Validation-Passed-A",
    outcome="transferred",
    reason="the caller pressed 0",
    rang_at=RANG,
    answered_at=after(1),
    ended_at=after(31.5),
    desk_answer="no-answer",
    voicemail_sid="RE1",
    voicemail_secs=12,
    turns=(Turn(after(1), "agent", "Hello!"), Turn(after(9), "agent", "", 450)),
    tools=(
        ToolUse(after(3), "call_1", "list_treatments", {}, {"ok": True}, True, 12),
        ToolUse(after(5), "call_2", "book_appointment", {"time": "2"}, {"ok": False}, False, 9),
        ToolUse(after(7), "call_3", "end_call", {}),
    ),
    model_uses=(
        ModelUse(after(2), "a-model", Tokens(100, 20, 300, 40, 50, 60), 0.0, 1_500),
        ModelUse(after(8), "a-model", Tokens(1, 2, 3, 4, 5, 6), 0.0, 500),
        ModelUse(after(9), "writer", heard_secs=2.5, cost_microdollars=10),
    ),
)


def test_totals_are_of_all_responses() -> None:
    assert TALKED.tokens == Tokens(101, 22, 303, 44, 55, 66)
    assert TALKED.cost_usd == pytest.approx(0.00201)
    assert (TALKED.talked_secs, TALKED.heard_secs) == (30.5, 2.5)
    assert (MISSED.talked_secs, MISSED.cost_usd) == (None, 0.0)


def test_a_cost_of_which_a_part_is_unknown_is_unknown() -> None:
    uses = (ModelUse(RANG, "a", cost_microdollars=1), ModelUse(RANG, "b"))
    receipt = replace(MISSED, model_uses=uses)
    assert receipt.cost_usd is None
    assert "unknown" in "\n".join(printed(receipt))


def test_a_receipt_reads_like_the_call_went() -> None:
    assert printed(TALKED) == [
        "Call      CA1",
        "Caller    +16175551212  to +15005550001",
        "Rang      2026-11-30 15:00:00 UTC",
        "Ended     transferred after 30.5 s: the caller pressed 0; front desk: no-answer",
        "Voicemail 12 s, recording RE1 at Twilio",
        "Models    a-model, writer; tokens in: 101 text, 22 audio, 347 cached; "
        "out: 55 text, 66 audio; 2.5 s transcribed",
        "Cost      0.0020 USD",
        "",
        "15:00:01  agent   Hello!",
        "15:00:03  tool    list_treatments {} -> ok in 12 ms",
        "15:00:05  tool    book_appointment {'time': '2'} -> refused in 9 ms",
        "15:00:07  tool    end_call {} -> no answer",
        "15:00:09  agent   not kept  (450 ms)",
    ]


def test_a_call_that_nobody_answered_is_short() -> None:
    assert printed(MISSED) == [
        "Call      CA0",
        "Caller    withheld  to +15005550001",
        "Rang      2026-11-30 15:00:00 UTC",
        "Ended     missed",
        "Models    not used",
        "Cost      0.0000 USD",
    ]


def test_json_has_the_moments_and_the_totals() -> None:
    facts = TALKED.as_json()
    assert facts["rang_at"].startswith("2026-11-30T15:00:00")
    assert facts["turns"][0]["text"] == "Hello!"
    assert facts["tools"][1]["arguments"] == {"time": "2"}
    assert facts["tokens"]["audio_out"] == 66
    assert facts["cost_usd"] == pytest.approx(0.00201)


async def test_receipts_come_in_the_order_of_the_calls(engine: AsyncEngine) -> None:
    for n, secs in enumerate((0, 10, 10, 10, 20)):
        records = CallRecords(build_sessions(engine), lambda secs=secs: after(secs))
        await records.ring(f"CA{n}", caller=None, dialled="+15005550001")
    receipts = Receipts(build_sessions(engine), page=2)
    everything = [r.call_sid async for r in receipts.since(RANG)]
    assert everything == ["CA0", "CA1", "CA2", "CA3", "CA4"]
    assert [r.call_sid async for r in receipts.since(after(10))] == ["CA1", "CA2", "CA3", "CA4"]
    assert [r.call_sid async for r in receipts.since(after(21))] == []
