"""Scenarios against a product of a few lines and the real stand-in for the model."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from simulator import mulaw
from simulator.play import Stage, play_scenario
from simulator.scenario import Scenario, ScenarioError
from tests.simulator.product import ACCOUNT, CALLER, Stream
from tests.simulator.theatre import BOOK, ROW, Theatre, open_theatre


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncGenerator[Theatre]:
    async with open_theatre(tmp_path) as opened:
        yield opened


async def test_a_whole_call_is_as_it_must_be(theatre: Theatre, tmp_path: Path) -> None:
    report = await theatre.play(
        [
            {"agent": "Hello."},
            {"caller": "A facial, please."},
            BOOK | {"expect": {"ok": True}},
            {"agent": "{{ results[-1].message }}"},
            {"hang_up": True},
        ],
        rows=(ROW,),
        wav_folder=tmp_path,
    )
    assert report.problems == []
    assert report.records[0].ended_by == "the caller"
    assert len(report.records[0].latencies_ms) == 1
    assert report.records[0].wav_path == tmp_path / "mine-1.wav"
    assert report.appointments[0]["starts_at"] == "2026-12-01 14:00"
    assert [(event.kind, event.text) for event in theatre.events] == [
        ("call", f"A call ({CALLER})"),
        ("agent", "Hello."),
        ("caller", "A facial, please."),
        ("tool", 'book {"name": "Maria"}'),
        ("result", '{"ok": true, "message": "Booked."}'),
        ("agent", "Booked."),
        ("end", "the caller"),
    ]
    assert theatre.model.sessions[0].appended


async def test_a_caller_may_interrupt_and_press_keys(theatre: Theatre) -> None:
    report = await theatre.play(
        [
            {"agent": "Thank you for calling the most quiet place in the middle of the city."},
            {"caller": "A facial, please.", "interrupt_after_ms": 500},
            {"agent": "Press one."},
            {"press": "1"},
            {"hang_up": True},
        ]
    )
    assert report.problems == []
    assert theatre.receptionist.cleared == 1
    assert [m["dtmf"]["digit"] for m in theatre.product.messages if m["event"] == "dtmf"] == ["1"]


async def test_a_line_may_hiss(theatre: Theatre) -> None:
    report = await theatre.play([{"agent": "Hello."}, {"hang_up": True}], hiss=200.0)
    assert report.problems == []
    assert 150 < mulaw.rms(bytes(theatre.model.sessions[0].appended)) < 250


async def test_a_call_may_end_with_the_product_passing_it_on(theatre: Theatre) -> None:
    theatre.receptionist.ends_after_tool = True
    theatre.receptionist.asks_for_answers = False
    theatre.receptionist.rows = 0
    report = await theatre.play(
        [{"agent": "Hello."}, {"caller": "A person, please."}, BOOK],
        verbs=("connect", "say:Sorry.", "dial:+15005550010"),
    )
    assert report.records[0].verbs == ["connect", "say:Sorry.", "dial:+15005550010"]
    assert report.problems == ["the product never answered the call of book"]


@pytest.mark.parametrize(
    ("rows", "problem"), [(0, "missing row: phone=+1617"), (2, "stray row: phone=+1617")]
)
async def test_the_rows_must_be_exactly_those(theatre: Theatre, rows: int, problem: str) -> None:
    theatre.receptionist.rows = rows
    report = await theatre.play(
        [{"agent": "Hello."}, {"caller": "Yes."}, BOOK, {"agent": "Bye."}, {"hang_up": True}],
        rows=(ROW,),
    )
    assert [line[: len(problem)] for line in report.problems] == [problem]


async def test_a_tool_that_answers_something_else_is_named(theatre: Theatre) -> None:
    theatre.receptionist.result = {"ok": False, "reason": "closed"}
    turn = BOOK | {"expect": {"ok": True}}
    report = await theatre.play(
        [{"agent": "Hello."}, {"caller": "Yes."}, turn, {"agent": "Bye."}, {"hang_up": True}],
        rows=(ROW,),
    )
    assert report.problems == ["book answered {'ok': False, 'reason': 'closed'}, not {'ok': True}"]


async def test_a_template_of_a_result_that_is_not_there_is_a_problem(theatre: Theatre) -> None:
    theatre.receptionist.result = {"ok": True}
    report = await theatre.play(
        [
            {"agent": "Hello."},
            {"caller": "Yes."},
            BOOK,
            {"agent": "{{ results[-1].message }}"},
            {"hang_up": True},
        ],
        rows=(ROW,),
    )
    assert any('cannot fill in "{{ results[-1].message }}"' in line for line in report.problems)


async def test_a_model_that_is_never_asked_again_is_a_problem(theatre: Theatre) -> None:
    theatre.receptionist.asks_for_answers = False
    report = await theatre.play(
        [{"agent": "Hello."}, {"caller": "Yes."}, BOOK, {"agent": "Bye."}, {"hang_up": True}],
        rows=(ROW,),
    )
    assert report.problems[0] == "call 1 broke off: the model was never asked for: Bye."
    assert "the product never answered the call of book" in report.problems


async def test_wrong_verbs_are_a_problem(theatre: Theatre) -> None:
    report = await theatre.play([{"agent": "Hello."}, {"hang_up": True}], verbs=("connect", "x"))
    assert report.problems == ["Twilio did ['connect'], not ['connect', 'x']"]


async def test_a_product_that_cannot_be_understood_is_a_problem(theatre: Theatre) -> None:
    theatre.product.answer("/voice", "<Dance/>")
    report = await theatre.play([{"agent": "Hello."}, {"hang_up": True}])
    assert report.problems == [
        "call 1 broke off: Dance is not a verb",
        "the model was never asked for: Hello.",
    ]
    assert report.records == []


async def test_a_product_that_asks_out_of_turn_is_a_problem(theatre: Theatre) -> None:
    report = await theatre.play([{"caller": "Hello?"}, {"hang_up": True}])
    assert "the model was asked for an answer out of turn" in report.problems


async def test_the_caller_may_be_played_alone(theatre: Theatre) -> None:
    call = {"from": CALLER, "turns": [{"agent": "Hello."}, {"press": "1"}, {"hang_up": True}]}

    async def greets(stream: Stream) -> None:
        await stream.speak(b"\x10" * 800)
        while True:
            await stream.next()

    theatre.product.talk = greets
    report = await play_scenario(
        Scenario.model_validate({"name": "mine", "title": "A call", "calls": [call]}),
        stage=None,
        account=ACCOUNT,
        voice_url=theatre.product.voice_url,
        database_url=f"sqlite+aiosqlite:///{theatre.receptionist.database}",
    )
    assert report.problems == []
    assert theatre.model.sessions == []


def test_a_stage_without_a_call_has_no_agent() -> None:
    with pytest.raises(ScenarioError, match="without a call"):
        Stage()()
