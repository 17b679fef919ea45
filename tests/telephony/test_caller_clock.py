from hypothesis import given
from hypothesis import strategies as st

from telephony.caller_clock import LONGEST_FILL_MS, SHORTEST_GAP_MS, CallerClock


def fills(*timestamps: int) -> list[float]:
    clock = CallerClock()
    return [clock.heard(timestamp, 20) for timestamp in timestamps]


def test_audio_without_a_gap_needs_no_silence() -> None:
    assert fills(40, 60, 80, 100) == [0, 0, 0, 0]


def test_a_gap_is_filled_once() -> None:
    assert fills(0, 20, 240, 260) == [0, 0, 200, 0]


def test_the_rounding_of_a_timestamp_is_no_gap() -> None:
    assert fills(0, 25, 38, 71, 80) == [0, 0, 0, 0, 0]


def test_a_long_gap_is_filled_in_part_and_then_forgotten() -> None:
    assert fills(0, 600_020, 600_040) == [0, LONGEST_FILL_MS, 0]


def test_what_comes_late_or_twice_leaves_no_gap_behind_it() -> None:
    assert fills(0, 20, 40, 0, 60, 20, 80) == [0, 0, 0, 0, 0, 0, 0]


def test_silence_that_was_fed_is_not_filled_again() -> None:
    clock = CallerClock()
    clock.fed(100)  # before the first audio there is no time to count from
    clock.heard(0, 20)
    clock.fed(100)
    assert clock.heard(320, 20) == 200


@given(st.lists(st.booleans(), max_size=300))
def test_with_its_gaps_filled_audio_is_as_long_as_the_call(arrived: list[bool]) -> None:
    clock = CallerClock()
    clock.heard(0, 20)
    total_ms = last_ms = 20.0
    for number, came in enumerate(arrived, start=1):
        if came:
            total_ms += clock.heard(number * 20, 20) + 20
            last_ms = number * 20 + 20.0
    longest = max(
        (len(run) for run in "".join("x" if c else " " for c in arrived).split("x")), default=0
    )
    if longest * 20 <= LONGEST_FILL_MS:
        assert abs(total_ms - last_ms) < SHORTEST_GAP_MS
