import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.tests.utils import SleepFrame, run_test

from processors.keypad import TO_A_PERSON, KeypadProcessor
from tests.processors.told import told

NEVER = 1000.0


def keys(text: str) -> list[Frame]:
    return [InputDTMFFrame(KeypadEntry(key)) for key in text]


async def after(*frames: Frame, pause_secs: float) -> list[str]:
    stage = KeypadProcessor(pause_secs=pause_secs)
    down, _ = await run_test(stage, frames_to_send=list(frames))
    return told(down)


async def test_0_hands_the_call_to_a_person() -> None:
    assert await after(*keys("0#"), pause_secs=NEVER) == [TO_A_PERSON, "leave to a person"]


@pytest.mark.parametrize("typed", ["6175550100#", "07#"])
async def test_a_number_is_text_for_the_model_zeros_and_all(typed: str) -> None:
    heard = await after(*keys(typed), pause_secs=NEVER)
    assert heard == [f"The caller typed on the keypad: {' '.join(typed[:-1])}"]


async def test_a_pause_ends_an_entry() -> None:
    heard = await after(*keys("1"), SleepFrame(sleep=0.1), *keys("2#"), pause_secs=0)
    assert heard == ["The caller typed on the keypad: 1", "The caller typed on the keypad: 2"]


async def test_a_hash_alone_is_nothing_and_the_end_of_the_call_ends_the_entry() -> None:
    assert await after(*keys("#4"), pause_secs=NEVER) == []


async def test_an_endless_entry_is_cut() -> None:
    [heard] = await after(*keys("5" * 40 + "#"), pause_secs=NEVER)
    assert heard.count("5") == 32
