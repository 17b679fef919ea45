"""A line that hisses: noise is no caller, and how loud a caller must be is a setting."""

from pathlib import Path

from simulator.caller import CallRecord, Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product

ANSWER = b"\x70" * 24_000
LOUDNESS = 300.0


async def hissing_call(folder: Path, threshold: str) -> tuple[CallRecord, int]:
    """A call in which nobody speaks; gives how often the model took noise for a caller."""
    options = (Path(__file__).parents[2] / "spa.toml").read_text(encoding="utf-8")
    spa = folder / "noisy.toml"
    spa.write_text(f"{options}\nthreshold = {threshold}\n", encoding="utf-8")

    async def listen(line: Line) -> None:
        await line.hear_agent(300)
        line.hiss(LOUDNESS)
        await line.wait(1500)

    async with (
        RealtimeSimulator(lambda: Answers([Say("A long one.", audio=ANSWER)])) as model,
        running_product(model.url, folder, spa_file=spa) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=listen)
        sent = [event["type"] for event in model.sessions[0].sent]
    return record, sent.count("input_audio_buffer.speech_started")


def cleared(record: CallRecord) -> bool:
    assert record.stream is not None
    return any('"clear"' in message for message in record.stream.received)


async def test_the_agent_does_not_interrupt_itself_on_noise(tmp_path: Path) -> None:
    record, turns = await hissing_call(tmp_path, "0.5")
    assert turns == 0
    assert not cleared(record)


async def test_too_low_a_threshold_takes_noise_for_a_caller(tmp_path: Path) -> None:
    record, turns = await hissing_call(tmp_path, "0.02")
    assert turns > 0
    assert cleared(record)
