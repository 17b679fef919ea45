import pytest

from simulator.load.figures import spread
from simulator.load.watch import CallWatch


def test_each_way_is_measured_by_itself() -> None:
    watch = CallWatch()
    for begun in (1.0, 2.0):
        watch.spoke(begun)
        watch.model_heard(begun + 0.003)
        watch.model_said(begun + 0.1)
        watch.caller_heard(begun + 0.102)
    assert watch.to_model_ms == pytest.approx([3, 3])
    assert watch.to_caller_ms == pytest.approx([2, 2])
    assert watch.round_trip_ms == pytest.approx([102, 102])
    assert watch.sent == 2


def test_pulses_keep_their_order_while_several_are_on_their_way() -> None:
    watch = CallWatch()
    for begun in (1.0, 1.5):
        watch.spoke(begun)
    for heard in (2.0, 2.1):
        watch.model_heard(heard)
    assert watch.to_model_ms == pytest.approx([1000, 600])


def test_a_pulse_is_lost_when_it_stays_away_too_long() -> None:
    watch = CallWatch()
    watch.spoke(1.0)
    watch.spoke(5.0)
    assert watch.lost(7.0, patience_secs=5) == 1
    watch.caller_heard(7.0)
    assert watch.lost(7.0, patience_secs=5) == 0


def test_a_new_stretch_forgets_what_was_measured_and_not_what_is_on_its_way() -> None:
    watch = CallWatch()
    watch.spoke(1.0)
    watch.model_heard(1.1)
    watch.forget()
    watch.caller_heard(1.2)
    assert (watch.sent, watch.to_model_ms) == (0, [])
    assert watch.round_trip_ms == pytest.approx([200])


def test_a_spread_is_of_samples_that_were_really_seen() -> None:
    assert spread([float(n) for n in range(1, 101)]).p50 == 50
    assert spread([float(n) for n in range(1, 101)]).p99 == 99
    assert spread([3.0]).p99 == 3.0
    assert spread([]).count == 0
