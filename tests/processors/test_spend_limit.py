from pipecat.frames.frames import Frame, LLMMessagesAppendFrame, MetricsFrame
from pipecat.metrics.metrics import LLMTokenUsage, LLMUsageMetricsData
from pipecat.tests.utils import run_test

from processors.spend_limit import SpendLimitProcessor
from realtime.pricing import load_prices
from telephony.frames import LeaveFrame
from tests.processors.in_order import in_order


def used(tokens: int, model: str = "gpt-realtime-2.1") -> Frame:
    usage = LLMTokenUsage(prompt_tokens=tokens, completion_tokens=0, total_tokens=tokens)
    return MetricsFrame(data=[LLMUsageMetricsData(processor="llm", model=model, value=usage)])


async def told(*frames: Frame, tokens: int = 0, cost_usd: float = 0.0) -> list[Frame]:
    """What goes up to the model and the end of the call."""
    stage = SpendLimitProcessor(load_prices(), tokens=tokens, cost_usd=cost_usd)
    _, up = await run_test(in_order(stage), frames_to_send=frames)
    return [frame for frame in up if isinstance(frame, (LeaveFrame, LLMMessagesAppendFrame))]


async def test_a_call_that_took_too_many_tokens_goes_to_a_person_once(
    log_lines: list[str],
) -> None:
    note, leave = await told(used(500), used(500), used(500), tokens=1000)
    assert isinstance(note, LLMMessagesAppendFrame)
    assert isinstance(leave, LeaveFrame)
    assert (leave.to_person, leave.reason) == (True, "the call reached its limit of tokens")
    assert log_lines == ["WARNING Call reached its limit: 1000 tokens, 0.0040 USD"]


async def test_a_call_that_costs_too_much_goes_to_a_person() -> None:
    # 250,000 tokens of text at 4 dollars a million
    (_, leave) = await told(used(250_000), cost_usd=1.0)
    assert isinstance(leave, LeaveFrame)
    assert leave.reason == "the call reached its limit of cost"


async def test_within_the_limits_nothing_is_said() -> None:
    assert await told(used(999), tokens=1000, cost_usd=1.0) == []
    assert await told(used(10_000_000)) == []
    assert await told(used(10_000_000, "a model without a price"), cost_usd=1.0) == []
