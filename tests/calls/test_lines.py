import asyncio

import pytest

from calls.lines import AFTER_SECS, RING_SECS, Lines, NoLine, Refusal


class Clock:
    def __init__(self) -> None:
        self.secs = 1000.0

    def __call__(self) -> float:
        return self.secs


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_call_that_rings_holds_a_line_before_its_socket_is_there(clock: Clock) -> None:
    lines = Lines(2, clock)
    assert [lines.ring(sid) for sid in ("CA1", "CA2", "CA3")] == [None, None, Refusal.FULL]
    assert (lines.taken, lines.refusal) == (2, Refusal.FULL)


def test_the_same_call_rings_on_the_same_line(clock: Clock) -> None:
    lines = Lines(1, clock)
    assert [lines.ring("CA1"), lines.ring("CA1")] == [None, None]
    assert lines.taken == 1


def test_a_socket_that_never_comes_gives_its_line_back(clock: Clock) -> None:
    lines = Lines(1, clock)
    lines.ring("CA1")
    clock.secs += RING_SECS - 0.1
    assert lines.ring("CA2") is Refusal.FULL
    clock.secs += 0.1
    assert lines.ring("CA2") is None


async def test_the_caller_who_rang_talks_on_the_same_line(clock: Clock) -> None:
    lines = Lines(1, clock)
    lines.ring("CA1")
    with lines.talk("CA1"):
        clock.secs += RING_SECS
        assert lines.taken == 1
        assert lines.ring("CA1") is None
        assert lines.ring("CA2") is Refusal.FULL
    assert lines.taken == 0


async def test_a_call_that_rang_elsewhere_needs_a_free_line(clock: Clock) -> None:
    lines = Lines(1, clock)
    with lines.talk("CA1"):
        with pytest.raises(NoLine, match="every line is taken"), lines.talk("CA2"):
            pass
        with pytest.raises(NoLine, match="the call is taken"), lines.talk("CA1"):
            pass
        assert lines.taken == 1


async def test_closed_lines_let_those_finish_who_are_here(clock: Clock) -> None:
    lines = Lines(5, clock)
    lines.ring("CA1")
    lines.close()
    assert (lines.ring("CA1"), lines.ring("CA2")) == (None, Refusal.LEAVING)
    assert lines.refusal is Refusal.LEAVING
    with lines.talk("CA1"), lines.talk("CA3"):  # CA3 rang on another replica
        assert lines.taken == 2


async def test_lines_are_idle_once_twilio_has_asked_what_comes_next(clock: Clock) -> None:
    lines = Lines(5, clock)
    for sid in ("CA1", "CA2"):
        with lines.talk(sid):
            assert not lines.idle
    lines.free("CA1")
    assert not lines.idle
    clock.secs += AFTER_SECS
    assert lines.idle


async def test_handing_over_names_the_tasks_and_takes_no_more_sockets(clock: Clock) -> None:
    lines = Lines(5, clock)
    lines.ring("CA1")
    with lines.talk("CA2"):
        assert lines.hand_over() == {"CA2": asyncio.current_task()}
        assert lines.taken == 1
        with pytest.raises(NoLine, match="leaving"), lines.talk("CA1"):
            pass
    lines.free("CA2")
    assert not lines.idle  # Twilio will find no socket for CA1, and ask what comes next
    lines.free("CA1")
    assert lines.idle


async def test_twilio_may_ask_before_the_call_is_cleared_up(clock: Clock) -> None:
    lines = Lines(5, clock)
    with lines.talk("CA1"):
        lines.free("CA1")
        assert not lines.idle
    assert lines.idle


def test_lines_are_not_idle_while_the_front_desk_rings(clock: Clock) -> None:
    lines = Lines(1, clock)
    lines.expect("CA1", 20)
    assert (lines.taken, lines.idle) == (0, False)
    clock.secs += 20
    assert not lines.idle
    clock.secs += AFTER_SECS
    assert lines.idle


def test_a_line_is_given_back_when_the_call_goes_another_way(clock: Clock) -> None:
    lines = Lines(1, clock)
    lines.ring("CA1")
    lines.free("CA1")
    assert lines.idle
