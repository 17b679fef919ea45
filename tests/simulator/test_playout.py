import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.playout import BYTES_PER_SEC, Heard, Playout

TENTH = b"\x10" * (BYTES_PER_SEC // 10)
"""100 ms."""


def test_audio_is_played_in_real_time_and_in_order() -> None:
    playout = Playout()
    playout.queue(TENTH, 1.0)
    playout.queue(TENTH * 2, 1.0)
    playout.advance(1.05)
    assert playout.heard == []
    playout.advance(1.11)
    assert playout.heard == [Heard(1.0, TENTH)]
    playout.advance(2.0)
    assert playout.heard == [Heard(1.0, TENTH), Heard(1.1, TENTH * 2)]


def test_audio_after_a_pause_begins_when_it_comes() -> None:
    playout = Playout()
    playout.queue(TENTH, 1.0)
    playout.queue(TENTH, 5.0)
    playout.advance(6.0)
    assert [heard.at_secs for heard in playout.heard] == [1.0, 5.0]


def test_a_mark_comes_back_when_all_before_it_was_played() -> None:
    playout = Playout()
    playout.queue(TENTH, 0.0)
    assert playout.mark("first", 0.0) == []
    playout.queue(TENTH, 0.0)
    assert playout.mark("second", 0.0) == []
    assert playout.advance(0.099) == []
    assert playout.advance(0.1) == ["first"]
    assert playout.advance(0.2) == ["second"]


def test_a_mark_behind_nothing_comes_back_at_once() -> None:
    assert Playout().mark("empty", 3.0) == ["empty"]


def test_a_mark_after_all_was_played_comes_back_at_once() -> None:
    playout = Playout()
    playout.queue(TENTH, 0.0)
    assert playout.mark("late", 1.0) == ["late"]


def test_a_clear_cuts_what_plays_and_forgets_the_rest() -> None:
    playout = Playout()
    playout.queue(TENTH, 0.0)
    playout.queue(TENTH, 0.0)
    playout.mark("a", 0.0)
    playout.queue(TENTH, 0.0)
    playout.mark("b", 0.0)
    assert playout.clear(0.125) == ["a", "b"]
    assert playout.heard == [Heard(0.0, TENTH), Heard(0.1, TENTH[:200])]
    assert playout.ends_secs == 0.125


def test_after_a_clear_new_audio_plays_at_once() -> None:
    playout = Playout()
    playout.queue(TENTH * 50, 0.0)
    playout.clear(1.0)
    playout.queue(TENTH, 1.0)
    assert playout.mark("new", 1.0) == []
    assert playout.advance(1.1) == ["new"]


def test_a_clear_of_nothing_does_not_change_when_the_audio_ended() -> None:
    playout = Playout()
    playout.queue(TENTH, 0.0)
    assert playout.clear(7.0) == []
    assert playout.ends_secs == 0.1


def test_the_first_audio_after_a_moment_may_still_be_queued() -> None:
    playout = Playout()
    assert playout.first_after(0.0) == math.inf
    playout.queue(TENTH, 0.0)
    playout.queue(TENTH, 0.0)
    playout.advance(0.1)
    assert playout.first_after(0.0) == 0.0
    assert playout.first_after(0.05) == 0.1
    assert playout.first_after(0.11) == math.inf


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["queue", "mark", "clear", "advance"]),
        st.integers(1, 4000),
        st.floats(0, 0.7),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_comes_no_byte_is_heard_twice_and_every_mark_comes_back_in_order(
    steps: list[tuple[str, int, float]],
) -> None:
    playout = Playout()
    now, queued, asked, echoed = 0.0, 0, list[str](), list[str]()
    for kind, size, wait in steps:
        now += wait
        if kind == "queue":
            playout.queue(b"\x00" * size, now)
            queued += size
        elif kind == "mark":
            asked.append(str(len(asked)))
            echoed += playout.mark(asked[-1], now)
        elif kind == "clear":
            echoed += playout.clear(now)
            assert echoed == asked
        else:
            echoed += playout.advance(now)
        assert echoed == asked[: len(echoed)]
    echoed += playout.advance(playout.ends_secs + now)
    heard = playout.heard
    assert echoed == asked
    assert sum(len(part.mulaw) for part in heard) <= queued
    for before, after in pairwise(heard):
        assert after.at_secs >= before.at_secs + len(before.mulaw) / BYTES_PER_SEC - 1e-3
