"""A caller who speaks into an answer: the model believes no more and no less than was heard."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, Output, RealtimeSimulator
from tests.e2e.barge_ins import Outcome, barge_ins, stalls_noted
from tests.e2e.heard import VOICE, Belief, beliefs, problems, speech, truncations
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product

AT_ONCE = {"speed_factor": 100.0}
"""The model's answer is complete long before it was heard."""

Script = Callable[[Line, RealtimeSimulator], Awaitable[None]]


def after(*heard_ms: int) -> Script:
    """Speak after so much of each answer."""

    async def interrupt(line: Line, model: RealtimeSimulator) -> None:
        for ms in heard_ms:
            await line.hear_agent(ms)
            await line.play(VOICE)
        await line.wait(200)

    return interrupt


async def twice_within_100_ms(line: Line, model: RealtimeSimulator) -> None:
    await line.hear_agent(600)
    for _ in range(2):
        model.sessions[0].emit(
            "input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_1"
        )
        await line.wait(60)
    await line.wait(200)


async def without_marks(line: Line, model: RealtimeSimulator) -> None:
    line.stream.playout.swallows_marks = True
    await after(900)(line, model)


@dataclass(frozen=True)
class Case:
    """A barge-in.

    Attributes:
        responses: what the agent says, one after the other.
        script: what the caller does.
        kept: for each item, whether the model keeps all, part or none of it.
        truncated: how often it is told to truncate.
        knobs: of the model.
    """

    responses: list[list[Output]]
    script: Script
    kept: list[str]
    truncated: int
    knobs: dict[str, Any] = field(default_factory=dict[str, Any])


CASES = {
    "in the greeting, before the first mark": Case(
        [[speech(1, 2000)]], after(150), ["part"], 1, AT_ONCE
    ),
    "behind a mark for part of an item": Case(
        [[speech(1, 3000)]], after(1200), ["part"], 1, AT_ONCE
    ),
    "while the answer is still being made": Case([[speech(1, 6000)]], after(500), ["part"], 1),
    "in the second of three items": Case(
        [[speech(1, 400), speech(2, 800), speech(3, 400)]],
        after(700),
        ["all", "part", "none"],
        2,
        AT_ONCE,
    ),
    "when everything was heard": Case([[speech(1, 300)]], after(600), ["all"], 0, AT_ONCE),
    "during a tool call, into the answers before and behind it": Case(
        [[speech(1, 1500), CallTool("list_treatments")], [speech(2, 800)]],
        after(900),
        ["part", "none"],
        2,
        AT_ONCE,
    ),
    "twice within 100 ms": Case([[speech(1, 3000)]], twice_within_100_ms, ["part"], 1, AT_ONCE),
    "again, when stale marks have come back": Case(
        [[speech(1, 3000)], [speech(2, 2000)]], after(600, 300), ["part", "part"], 2, AT_ONCE
    ),
    "with late audio of the interrupted response": Case(
        [[speech(1, 6000)]], after(700), ["part"], 1, {"speed_factor": 1.5, "stray_deltas": 2}
    ),
    "with late audio of an item that was heard so far": Case(
        [[speech(1, 6000)]], after(700), ["part"], 1, {"speed_factor": 0.2, "stray_deltas": 2}
    ),
    "on a line that sends no marks back": Case(
        [[speech(1, 3000)]], without_marks, ["part"], 1, AT_ONCE
    ),
}


def kept(belief: Belief) -> str:
    if belief.kept_ms == belief.said_ms:
        return "all"
    return "part" if belief.kept_ms else "none"


@pytest.mark.parametrize("fast_audio", [True, False])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_model_believes_what_was_heard(
    case: Case, tmp_path: Path, *, fast_audio: bool
) -> None:
    outcome = Outcome()
    async with (
        RealtimeSimulator(lambda: Answers(*case.responses), **case.knobs) as model,
        running_product(model.url, tmp_path, fast_audio=fast_audio) as product,
        stalls_noted(outcome),
    ):

        async def script(line: Line) -> None:
            await case.script(line, model)

        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=script)
        session = model.sessions[0]
        await session.closed.wait()
    assert record.stream is not None
    found = beliefs(session, record.stream)
    assert [kept(belief) for belief in found] == case.kept
    assert len(truncations(session)) == case.truncated
    assert problems(session, record.stream) == []
    for belief in found:
        assert abs(belief.error_ms) <= outcome.tolerance_ms


async def test_a_call_without_marks_ends_when_the_goodbye_must_have_been_heard(
    tmp_path: Path,
) -> None:
    goodbye = speech(2, 700)
    agent = Answers([speech(1, 300), CallTool("end_call")], [goodbye])

    async def wait(line: Line) -> None:
        line.stream.playout.swallows_marks = True
        await line.stay(within_secs=15)

    async with (
        RealtimeSimulator(lambda: agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=wait)
    assert record.verbs == ["connect", "hangup"]
    assert record.stream is not None
    heard = b"".join(part.mulaw for part in record.stream.playout.heard)
    assert heard.count(2) == len(goodbye.audio or b"")


@pytest.mark.parametrize("fast_audio", [True, False])
async def test_random_barge_ins_into_several_calls_at_once(
    tmp_path: Path, *, fast_audio: bool
) -> None:
    outcome = await barge_ins(tmp_path, calls=4, each=3, fast_audio=fast_audio)
    assert outcome.problems == []
    assert outcome.truncated >= 4
    assert len(outcome.beliefs) >= 16
    assert len(outcome.clear_delays_ms) == 12
    # A server that is held up clears late, and so much more was heard.
    tolerance_ms = outcome.tolerance_ms + max(outcome.clear_delays_ms)
    assert max(abs(b.error_ms) for b in outcome.beliefs) <= tolerance_ms
