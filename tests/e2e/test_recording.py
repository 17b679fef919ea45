"""A recorded call: both sides are where they were heard, and what was cleared is not there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from calls.records import CallRecords
from calls.wav import HEAD_BYTES, wav_head
from database import build_engine, build_sessions
from receptionist import now
from simulator.call import CallScript
from simulator.caller import CallRecord, Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from simulator.wav import stereo
from tests.e2e.barge_ins import Outcome, stalls_noted
from tests.e2e.heard import VOICE, speech
from tests.e2e.product import ACCOUNT, CALLER, Answers, Product, running_product, spa_file

CALL_SID = "CA" + "5" * 32
FRAME_MS = 20
"""The line's own timestamps are no finer."""

WORDS = bytes(Random(5).choices(range(0x20, 0x60), k=8000))
GREETING = bytes(Random(6).choices(range(0xA0, 0xE0), k=12_000))


@asynccontextmanager
async def recording_product(
    model: RealtimeSimulator, folder: Path, **changes: Any
) -> AsyncGenerator[Product]:
    """A spa that records its calls, told so in the greeting."""
    (folder / "spa").mkdir()
    path = spa_file(folder / "spa", is_open=True)
    spa = path.read_text(encoding="utf-8").replace("recordings = false", "recordings = true")
    path.write_text(spa, encoding="utf-8")
    changes |= {"spa_file": path, "recording_folder": folder / "recordings"}
    async with running_product(model.url, folder, **changes) as product:
        yield product


async def recorded_call(
    folder: Path, agent: Answers, script: CallScript, **changes: Any
) -> tuple[CallRecord, float]:
    """Play a call that is recorded; gives how long this process stalled meanwhile, too."""
    stalls = Outcome()
    async with (
        RealtimeSimulator(lambda: agent, speed_factor=100.0) as model,
        recording_product(model, folder, **changes) as product,
        stalls_noted(stalls),
    ):
        record = await place_call(
            product.voice_url, ACCOUNT, from_=CALLER, script=script, call_sid=CALL_SID
        )
    return record, stalls.stall_ms


def sides(path: Path) -> tuple[bytes, bytes]:
    """What was recorded of the caller and of the agent."""
    data = path.read_bytes()
    size = int.from_bytes(data[HEAD_BYTES - 4 : HEAD_BYTES], "little")
    assert data[:HEAD_BYTES] == wav_head(size)
    sound = data[HEAD_BYTES : HEAD_BYTES + size]
    assert len(sound) == size
    return sound[0::2], sound[1::2]


def truth(record: CallRecord) -> tuple[bytes, bytes]:
    """What the caller said and heard, in time."""
    assert record.stream is not None
    stream = record.stream
    both = stereo(stream.spoken, stream.playout.heard, stream.begun_secs)
    return both[0::2], both[1::2]


def moved_ms(words: bytes, recorded: bytes, true: bytes) -> float:
    """How much later something is recorded than it was said; all of it must be there."""
    assert words in true
    assert words in recorded
    return (recorded.index(words) - true.index(words)) / 8


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_both_sides_are_in_time_and_every_byte_is_as_it_was_on_the_line(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    answer = bytes(Random(7).choices(range(0xA0, 0xE0), k=16_000))

    async def talk(line: Line) -> None:
        await line.listen(settle_secs=0.3)
        await line.play(WORDS)
        await line.listen(settle_secs=0.3)

    agent = Answers([Say("Hello.", audio=GREETING)], [Say("Yes.", audio=answer)])
    record, stall_ms = await recorded_call(tmp_path, agent, talk, fast_audio=fast_audio)
    caller, agent_side = sides(tmp_path / "recordings" / f"{CALL_SID}.wav")
    said, heard = truth(record)
    assert abs(moved_ms(WORDS, caller, said) - FRAME_MS) < FRAME_MS + stall_ms
    for words in (GREETING, answer):
        assert abs(moved_ms(words, agent_side, heard)) < FRAME_MS + stall_ms


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_a_barge_in_cuts_the_agent_where_the_caller_heard_it_fall_silent(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    async def interrupt(line: Line) -> None:
        await line.hear_agent(900)
        await line.play(VOICE)
        await line.listen(settle_secs=0.3)

    agent = Answers([speech(1, 6000)], [speech(2, 500)])
    record, stall_ms = await recorded_call(tmp_path, agent, interrupt, fast_audio=fast_audio)
    _, recorded = sides(tmp_path / "recordings" / f"{CALL_SID}.wav")
    _, heard = truth(record)
    assert 0 < heard.count(1) < 8 * 6000
    assert abs(recorded.count(1) - heard.count(1)) / 8 < FRAME_MS + stall_ms
    assert recorded.count(2) == heard.count(2) == 8 * 500
    gap = (recorded.index(2) - recorded.rindex(1)) / 8
    assert abs(gap - (heard.index(2) - heard.rindex(1)) / 8) < FRAME_MS + 2 * stall_ms


async def test_callers_are_told_and_the_record_says_that_there_is_a_recording(
    tmp_path: Path,
) -> None:
    agent = Answers([Say("Hello.", audio=GREETING)])
    elsewhere = tmp_path / "elsewhere"
    async with (
        RealtimeSimulator(lambda: agent) as model,
        recording_product(model, tmp_path, recording_url=f"file://{elsewhere}") as product,
    ):

        async def listen(line: Line) -> None:
            await line.listen(settle_secs=0.3)

        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=listen, call_sid=CALL_SID)
        told = str(model.sessions[0].received)
        engine = build_engine(product.database_url)
        records = CallRecords(build_sessions(engine), now)
        async with asyncio.timeout(20):
            while not await records.is_recorded(CALL_SID):  # noqa: ASYNC110  it is in a database
                await asyncio.sleep(0.05)
        await engine.dispose()
    assert "This call is recorded and transcribed. Thank you for calling" in told
    assert (tmp_path / "recordings" / f"{CALL_SID}.wav").exists()


async def test_a_process_that_dies_leaves_what_it_had_written(tmp_path: Path) -> None:
    """The head is true after every piece, while the call goes on."""
    path = tmp_path / "recordings" / f"{CALL_SID}.wav"

    async def talk(line: Line) -> None:
        async with asyncio.timeout(20):
            while not path.exists() or path.stat().st_size < HEAD_BYTES + 16_000:
                await line.wait(FRAME_MS)
        written.extend(sides(path))

    written: list[bytes] = []
    await recorded_call(tmp_path, Answers([Say("Hello.", audio=GREETING)]), talk)
    complete = sides(path)
    assert all(whole.startswith(part) for whole, part in zip(complete, written, strict=True))
