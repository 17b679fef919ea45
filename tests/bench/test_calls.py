"""That the bench measures what it says, with a call or two; never how fast anything is."""

import math

import pytest

from bench.calls import measure_large_pieces, measure_small_frames
from bench.plan import Plan
from bench.report import Section
from bench.server import PEERS, Peer


def _plan(peer: Peer) -> Plan:
    return Plan(peers=(peer,), rounds=1, secs=0.7, levels=(2,))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
async def test_every_peer_has_figures(peer: Peer) -> None:
    if not peer.is_installed:
        pytest.skip("npm did not install it: make test-js")
    cost, delay, memory = await measure_small_frames(_plan(peer), lambda _: None)
    for section in (cost, delay, memory):
        assert section.peers == [peer.name]
        assert not any(math.isnan(value) for row in section.rows for value in row.values[peer.name])
        assert not [note for note in section.notes if "dropped" in note or "lost" in note]
    for level in (2,):
        row = _row(cost, f"{level} calls")
        assert 0 < row[peer.name][0] < 100
        for way in ("caller to model", "model to caller"):
            p50, p99 = (
                _row(delay, f"{way}, {part} at {level} calls")[peer.name][0]
                for part in ("p50", "p99")
            )
            assert 0 < p50 <= p99


async def test_large_pieces_cost_something_too() -> None:
    (section,) = await measure_large_pieces(_plan(PEERS[0]), lambda _: None)
    assert 0 < _row(section, "2 calls")["bridge"][0] < 100


def _row(section: Section, name: str) -> dict[str, list[float]]:
    return next(row.values for row in section.rows if row.name == name)
