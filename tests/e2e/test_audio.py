"""Mu-law from end to end through the whole running server."""

import asyncio
import random
from pathlib import Path

import pytest
from loguru import logger

from simulator.caller import Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from simulator.speech import speak
from telephony import mulaw
from tests.e2e.barge_ins import VOICE, Outcome, stalls_noted
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product
from tests.realtime.tones import TONE_HZ, pitch_hz, tone

AGENT_BYTES = random.Random(1).randbytes(8000)
CALLER_BYTES = random.Random(2).randbytes(8000)
PATIENCE_SECS = 20.0


async def arrived(line: Line, model: RealtimeSimulator, mulaw: bytes) -> None:
    """Stay until the model has it: who hangs up in the middle of a word is not heard to its end."""
    async with asyncio.timeout(PATIENCE_SECS):
        while mulaw not in model.sessions[0].appended:
            await line.wait(20)


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_every_byte_passes_unchanged_in_both_directions(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    async def talk(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.play(CALLER_BYTES)
        await arrived(line, model, CALLER_BYTES)

    agent = Answers([Say("Hi.", audio=AGENT_BYTES)])
    async with (
        # All of the answer at once: the caller must not take a pause in it for its end.
        RealtimeSimulator(lambda: agent, speed_factor=100.0) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=talk)
        assert CALLER_BYTES in bytes(model.sessions[0].appended)
    assert record.stream is not None
    assert b"".join(heard.mulaw for heard in record.stream.playout.heard) == AGENT_BYTES
    assert record.warnings == []
    assert record.verbs == ["connect"]


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_the_greeting_is_spoken_before_the_caller_says_a_word(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.3)

    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=AGENT_BYTES)])) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=listen)
        item = next(
            event["item"]
            for event in model.sessions[0].received
            if event["type"] == "conversation.item.create"
        )
    assert record.stream is not None
    assert record.stream.first_audio_ms is not None
    assert item["role"] == "system"
    assert CALLER in item["content"][0]["text"]
    assert "Thank you for calling Serenity Spa" in item["content"][0]["text"]


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_a_model_that_takes_only_pcm_is_heard_and_interrupted_like_any_other(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    answer, outcome = mulaw.encode(tone(8000, 10.0, loudness=300)), Outcome()

    async def interrupt(line: Line) -> None:
        await line.hear_agent(800)
        await line.play(speak("Wait, please."))
        await line.listen(settle_secs=0.3)

    async with (
        RealtimeSimulator(
            lambda: Answers([Say("A long one.", audio=answer)], [Say("Yes?", audio=answer[:8000])]),
            ignore_audio_format=True,
        ) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
        stalls_noted(outcome),
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=interrupt)
        session = model.sessions[0]
    assert record.stream is not None
    heard = b"".join(heard.mulaw for heard in record.stream.playout.heard)
    (truncation,) = [e for e in session.received if e["type"] == "conversation.item.truncate"]
    wrong_ms = abs(truncation["audio_end_ms"] - (len(heard) / 8 - 1000))
    assert wrong_ms < outcome.tolerated_ms(150)
    assert pitch_hz(mulaw.decode(heard[:4000]), 8000) == pytest.approx(TONE_HZ, abs=3)
    assert pitch_hz(mulaw.decode(heard[-4000:]), 8000) == pytest.approx(TONE_HZ, abs=3)
    assert [e for e in session.sent if e["type"] == "error"] == []


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_a_caller_whose_audio_stops_in_a_word_is_answered(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    async def vanish(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.play(VOICE)
        line.lose_audio(30_000)
        await line.listen(settle_secs=0.3)

    answers = [[Say("Hi.", audio=AGENT_BYTES)], [Say("Yes?", audio=AGENT_BYTES)]]
    async with (
        RealtimeSimulator(lambda: Answers(*answers)) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=vanish)
    assert record.stream is not None
    assert b"".join(heard.mulaw for heard in record.stream.playout.heard) == AGENT_BYTES * 2


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_audio_that_was_lost_is_silence_for_the_model(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    said = CALLER_BYTES[:4000] + b"\xff" * 3200 + CALLER_BYTES[4000:]

    async def stutter(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        line.lose_audio(400, after_ms=500)
        await line.play(said)
        await arrived(line, model, said)

    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=AGENT_BYTES)])) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=stutter)
        assert said in bytes(model.sessions[0].appended)


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_the_lane_is_open_in_both_directions_unless_it_is_switched_off(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.3)

    lines: list[str] = []
    sink = logger.add(
        lines.append, level="DEBUG", filter="telephony.audio_lane", format="{message}"
    )
    try:
        async with (
            RealtimeSimulator(lambda: Answers([Say("Hi.", audio=AGENT_BYTES)])) as model,
            running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
        ):
            await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=listen)
    finally:
        logger.remove(sink)
    assert [line.partition("#")[0] for line in sorted(lines)] == (
        ["Audio of GreetingRealtimeLLMService", "Audio of MediaStreamInput"] if fast_audio else []
    )
