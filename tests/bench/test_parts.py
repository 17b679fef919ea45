"""That every part of the bench gives figures that fit together, on as little as it can run on."""

import math

import pytest

from bench.capacity import FEW, measure_capacity
from bench.endurance import measure_long_call, measure_many_calls
from bench.plan import Plan
from bench.report import Section
from bench.server import BRIDGE, SPALINE, Peer
from bench.turns import measure_barge_in, measure_first_word


def _plan(peer: Peer) -> Plan:
    return Plan(peers=(peer,), rounds=1, secs=0.7, levels=(1,))


async def test_the_first_word_is_measured_from_start_to_greeting() -> None:
    (section,) = await measure_first_word(_plan(SPALINE), _ignore, calls=1)
    assert 0 < section.row("p50", "ms").median("spaline") < 10_000


@pytest.mark.parametrize("peer", [BRIDGE, SPALINE], ids=lambda peer: peer.name)
async def test_an_interruption_is_answered_by_a_clear(peer: Peer) -> None:
    (section,) = await measure_barge_in(_plan(peer), _ignore, secs=2.5)
    assert section.row("samples", "number").median(peer.name) == 1
    assert section.row("p50", "ms").median(peer.name) > 0


async def test_the_search_for_the_most_calls_is_bounded() -> None:
    (section,) = await measure_capacity(_plan(BRIDGE), _ignore, most=FEW)
    assert section.row("calls", "number").median("bridge") == FEW
    assert section.notes[-1] == f"bridge was not full at {FEW} calls."


async def test_a_long_call_has_a_beginning_and_an_end() -> None:
    (section,) = await measure_long_call(_plan(SPALINE), _ignore, minutes=1)
    _compares(section, ["first minutes", "last minutes"])


async def test_what_is_left_of_many_calls_is_counted() -> None:
    (section,) = await measure_many_calls(_plan(SPALINE), _ignore, calls=10)
    _compares(section, ["after 1 calls", "after 10 calls"])
    files = section.row("open files and sockets", "number")
    assert files.median("after 10 calls") < files.median("after 1 calls") + 10


def _compares(section: Section, moments: list[str]) -> None:
    for row in section.rows:
        assert list(row.values) == moments
        assert all(row.median(moment) > 0 for moment in moments)
        assert not math.isnan(row.median(moments[0]))


def _ignore(what: str) -> None:
    pass
