"""Whatever the model passes, every tool answers in its one shape, and never with a bug of ours."""

import asyncio
import inspect
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.adapters.llm.schemas.direct_function import DirectFunction

from database import build_engine
from tests.fuzz.inputs import TEXT, TRIED, TRYING
from tests.tools.setting import MARIA, Call, open_desk
from tools import RECEPTIONIST_TOOLS

CALLS = count()
LIKELY = {
    "service": ("hot stones", "Swedish massage", "couples", "facial"),
    "date": ("2026-03-04", "2026-03-10", "2026-02-30", "tomorrow", "next tuesday", "12/1"),
    "time": ("10:00", "14:30", "24:00", "02:30", "noon"),
    "therapist": ("Maya Chen", "any"),
    "name": ("Maria Lopez", "Ada"),
    "phone": ("+1 212 555 0147", "555"),
    "language": ("en", "es", "xx"),
    "opening_id": ("",),
    "part_of_day": ("morning", "afternoon", "evening"),
}
WORDS = tuple(word for words in LIKELY.values() for word in words)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def value(name: str) -> st.SearchStrategy[Any]:
    """What is mostly right, so that a tool gets far before it finds what is wrong."""
    likely = st.sampled_from(LIKELY.get(name, WORDS))
    return st.integers(0, 19).flatmap(
        lambda dice: JSON if dice == 0 else TEXT if dice < 3 else likely
    )


def arguments(tool: DirectFunction) -> st.SearchStrategy[dict[str, Any]]:
    """Some of a tool's arguments, with anything in them; those that it needs are mostly there."""
    parameters = list(inspect.signature(tool).parameters.values())[1:]
    needed = {p.name: value(p.name) for p in parameters if p.default is p.empty}
    others = {p.name: value(p.name) for p in parameters if p.default is not p.empty}
    return st.fixed_dictionaries(needed, optional=others)


@pytest.mark.parametrize("tool", RECEPTIONIST_TOOLS, ids=lambda tool: tool.__name__)
def test_every_argument_gets_an_answer(tool: DirectFunction, postgres_url: str) -> None:
    with asyncio.Runner() as runner:
        engine = build_engine(postgres_url)
        desk = open_desk(engine)

        @TRYING
        @given(arguments(tool), st.sampled_from((MARIA, None)))
        def answers(given_arguments: dict[str, Any], phone: str | None) -> None:
            call = Call(desk, phone, f"CA{next(CALLS)}")
            result = runner.run(call.use(tool, **given_arguments))
            TRIED[tool.__name__, result.get("reason", "done")] += 1
            assert isinstance(result["ok"], bool)
            assert result["ok"] or (result["reason"] and result["message"])

        answers()
        runner.run(engine.dispose())
