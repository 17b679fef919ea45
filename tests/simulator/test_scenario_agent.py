"""What else may happen in a scenario: silence, tools at once, a line that goes, messages."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.play import play_scenario
from simulator.realtime import Conversation, Say
from simulator.rest import TwilioRest
from simulator.scenario import Call, Scenario, Script
from simulator.scenario_agent import MOMENT, ScenarioAgent
from simulator.speech import AGENT
from tests.simulator.product import ACCOUNT, CALLER, HANG_UP, Stream
from tests.simulator.test_scenario import NOW
from tests.simulator.theatre import BOOK, FILLER, ROW, Theatre, open_theatre

TALK: list[dict[str, Any]] = [{"agent": "Hello."}, {"caller": "A facial, please."}]
ENDING: list[dict[str, Any]] = [{"agent": "Goodbye."}, {"hang_up": True}]


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with open_theatre(tmp_path) as opened:
        yield opened


@pytest.fixture
async def rest(theatre: Theatre) -> AsyncGenerator[TwilioRest]:
    async with TwilioRest(ACCOUNT) as running:
        accounts = f"{running.url}/2010-04-01/Accounts"
        theatre.receptionist.message_url = f"{accounts}/{ACCOUNT.account_sid}/Messages.json"
        yield running


async def test_a_silence_ends_when_the_agent_speaks(theatre: Theatre) -> None:
    theatre.receptionist.prompts_after_frames = 120
    loop = asyncio.get_running_loop()
    begun_secs = loop.time()
    report = await theatre.play(
        [
            {"agent": "Hello."},
            {"silent_secs": 30},
            {"agent": "Are you still there?"},
            {"caller": "Yes, I am."},
            *ENDING,
        ]
    )
    assert report.problems == []
    assert loop.time() - begun_secs < 20
    assert ("caller", "says nothing") in [(event.kind, event.text) for event in theatre.events]


async def test_what_is_said_while_a_tool_is_at_work_is_not_taken_for_the_answer(
    theatre: Theatre,
) -> None:
    theatre.receptionist.fills_pauses = True
    report = await theatre.play([*TALK, BOOK, {"agent": "Booked."}, {"hang_up": True}], rows=(ROW,))
    assert report.problems == []
    stream = report.records[0].stream
    assert stream is not None
    last = stream.playout.heard[-1].mulaw
    assert last != FILLER
    assert AGENT.speak("Booked.").endswith(last)


async def test_a_silence_ends_when_its_time_is_over(theatre: Theatre) -> None:
    report = await theatre.play(
        [{"agent": "Hello."}, {"silent_secs": 0.2}, {"caller": "Well, hello."}, *ENDING]
    )
    assert report.problems == []


async def test_the_line_may_go_while_a_tool_is_at_work(theatre: Theatre) -> None:
    theatre.receptionist.outlives_the_line = True
    report = await theatre.play([*TALK, BOOK | {"hang_up_during": True}], rows=(ROW,))
    assert report.problems == []
    assert report.records[0].ended_by == "the caller"
    await asyncio.wait_for(theatre.receptionist.booked.wait(), 10)  # set behind the row


async def test_a_tool_that_is_never_called_cannot_be_hung_up_on(theatre: Theatre) -> None:
    theatre.receptionist.asks_for_answers = False
    report = await theatre.play([*TALK, BOOK, BOOK | {"hang_up_during": True}], rows=(ROW,))
    assert report.problems[0].startswith("call 1 broke off: ")


async def test_the_caller_alone_hangs_up_when_a_tool_may_be_at_work(theatre: Theatre) -> None:
    turns = [{"agent": "Hello."}, {"caller": "Book."}, BOOK | {"hang_up_during": True}]
    call = {"from": CALLER, "turns": turns}
    expect = {"appointments": [ROW]}

    async def greets(stream: Stream) -> None:
        await stream.speak(b"\x10" * 800)
        while True:
            await stream.next()

    theatre.product.talk = greets
    report = await play_scenario(
        Scenario.model_validate(
            {"name": "mine", "title": "A call", "calls": [call], "expect": expect}
        ),
        stage=None,
        account=ACCOUNT,
        voice_url=theatre.product.voice_url,
        database_url=f"sqlite+aiosqlite:///{theatre.receptionist.database}",
        patience_secs=5,
    )
    assert report.records[0].ended_by == "the caller"
    assert report.problems == []


async def test_the_model_may_call_several_tools_at_once(theatre: Theatre) -> None:
    twice = [BOOK | {"expect": {"ok": True}}, {"tool": "sing", "arguments": "{"}]
    report = await theatre.play([*TALK, {"tools": twice}, *ENDING], rows=(ROW, ROW))
    assert report.problems == []
    kinds = [event.kind for event in theatre.events]
    assert kinds[3:7] == ["tool", "tool", "result", "result"]
    items = theatre.model.sessions[0].sent
    done = [event for event in items if event["type"] == "response.function_call_arguments.done"]
    assert [event["name"] for event in done] == ["book", "sing"]
    assert done[0]["response_id"] == done[1]["response_id"]


def agent_of(turns: list[dict[str, Any]]) -> ScenarioAgent:
    call = Call.model_validate({"from": CALLER, "turns": turns})
    return ScenarioAgent(call, Script("America/New_York", NOW), lambda event: None)


def conversation(*answers: tuple[str, Any]) -> Conversation:
    """Two calls, a and b, and what they were answered."""
    calls = [{"type": "function_call", "call_id": call_id} for call_id in ("a", "b")]
    outputs = [{"type": "function_call_output", "call_id": call_id} for call_id, _ in answers]
    return Conversation({}, calls + outputs, 0, [result for _, result in answers])


PAIR = {"tools": [{"tool": "a", "expect": {"n": 1}}, {"tool": "b", "expect": {"n": 2}}]}


async def test_results_belong_to_their_calls_in_whatever_order_they_come() -> None:
    agent = agent_of([PAIR, {"agent": "Done."}])
    await agent.respond(conversation())
    await agent.respond(conversation(("b", {"n": 2}), ("a", {"n": 1})))
    assert agent.problems == []


async def test_a_pause_is_filled_without_taking_a_turn() -> None:
    agent = agent_of([PAIR, {"agent": "Done."}])
    await agent.respond(conversation())
    filling = replace(conversation(("a", {"n": 1}), ("b", {"n": 2})), metadata={"purpose": "any"})
    assert await agent.respond(filling) == [MOMENT]
    assert await agent.respond(conversation(("a", {"n": 1}), ("b", {"n": 2}))) == [Say("Done.")]
    assert agent.problems == []


async def test_to_be_asked_ends_a_silence_that_the_caller_has_hardly_begun() -> None:
    agent = agent_of([{"silent_secs": 30}, {"agent": "Are you there?"}, {"caller": "Yes."}])
    assert await agent.respond(conversation()) == [Say("Are you there?")]
    agent.pass_caller_turn(0)
    await agent.until_turn(2)
    assert agent.problems == []


async def test_every_one_of_several_tools_must_be_answered() -> None:
    agent = agent_of([PAIR, {"agent": "Done."}])
    await agent.respond(conversation())
    await agent.respond(conversation(("a", {"n": 1})))
    assert agent.problems == ["a and b was answered 1 of 2 times"]


async def test_tools_that_were_never_called_are_named() -> None:
    agent = agent_of([{"agent": "Hello."}, PAIR])
    assert agent.untaken == [
        f"the model was never asked for: {name}" for name in ("Hello.", "a", "b")
    ]


async def test_a_message_must_have_been_sent(theatre: Theatre, rest: TwilioRest) -> None:
    theatre.receptionist.writes_to = CALLER
    report = await theatre.play(
        [*TALK, BOOK, *ENDING],
        rows=(ROW,),
        messages=({"to": CALLER, "contains": "{{ 'facial' }}"},),
        rest=rest,
    )
    assert report.problems == []
    assert rest.problems == []


async def test_a_stray_message_is_a_problem(theatre: Theatre, rest: TwilioRest) -> None:
    theatre.receptionist.writes_to = CALLER
    report = await theatre.play([*TALK, BOOK, *ENDING], rows=(ROW,), rest=rest)
    assert report.problems == [f"stray message: to={CALLER}, Booked: facial."]


async def test_a_call_may_be_passed_on_in_vain_and_leave_a_voicemail(
    theatre: Theatre, rest: TwilioRest
) -> None:
    async def ends(stream: Any) -> None:
        await stream.websocket.close()

    theatre.product.talk = ends
    theatre.product.answer("/after", '<Dial action="/dialled">+15005550010</Dial>')
    theatre.product.answer("/dialled", '<Record action="/left"/>')
    theatre.product.answer("/left", HANG_UP)
    report = await theatre.play(
        [{"silent_secs": 30}, {"hang_up": True}],
        verbs=("connect", "dial:+15005550010", "record", "hangup"),
        rest=rest,
        dial="no-answer",
        voicemail="Please call me back.",
        stir_verstat=None,
    )
    assert report.problems == []
    forms = {asked.path: asked.form for asked in theatre.product.asked}
    assert forms["/dialled"]["DialCallStatus"] == "no-answer"
    assert "StirVerstat" not in forms["/voice"]
    assert forms["/left"]["RecordingSid"] in rest.recordings
