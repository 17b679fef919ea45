from collections.abc import Callable

import pytest

from telephony.playback_clock import PlaybackClock, UnheardItem


def sent(
    clock: PlaybackClock, now_ms: float, *durations_ms: float, item: str = "a", content: int = 0
) -> list[str]:
    """Send pieces of one item at one moment, each with its mark."""
    marks: list[str] = []
    for duration_ms in durations_ms:
        clock.sent(item, content, duration_ms, now_ms)
        marks.append(clock.mark())
    return marks


Scene = Callable[[PlaybackClock], None]


def scene_of_one_piece(clock: PlaybackClock) -> None:
    sent(clock, 1000, 500)


def scene_of_two_pieces(clock: PlaybackClock) -> None:
    first, _ = sent(clock, 1000, 100, 400)
    clock.returned(first, 1100)


def scene_of_two_items(clock: PlaybackClock) -> None:
    sent(clock, 1000, 300)
    sent(clock, 1000, 300, item="b")


def scene_of_three_items(clock: PlaybackClock) -> None:
    for item in "abc":
        sent(clock, 1000, 200, item=item)


def scene_of_items_that_overlap(clock: PlaybackClock) -> None:
    for item in "abab":
        sent(clock, 1000, 100, item=item)


def scene_of_two_parts(clock: PlaybackClock) -> None:
    sent(clock, 1000, 200)
    sent(clock, 1000, 200, content=1)


def scene_of_audio_the_model_does_not_have(clock: PlaybackClock) -> None:
    sent(clock, 1000, 200, item="")
    sent(clock, 1000, 200)


def scene_of_one_mark_for_several(clock: PlaybackClock) -> None:
    _, _, third, _ = sent(clock, 1000, 100, 100, 100, 100)
    clock.returned(third, 1300)


def scene_of_a_mark_in_the_middle(clock: PlaybackClock) -> None:
    for _ in range(5):
        clock.sent("a", 0, 20, 1000)
    mark = clock.mark()
    for _ in range(5):
        clock.sent("a", 0, 20, 1000)
    clock.returned(mark, 1100)


def delayed(clock: PlaybackClock, *delays_ms: float) -> None:
    """Send pieces of 100 ms, and return their marks so long after each was heard; one stays."""
    marks = sent(clock, 1000, *(100 for _ in delays_ms), 400)
    for number, (mark, delay_ms) in enumerate(zip(marks, delays_ms, strict=False), start=1):
        clock.returned(mark, 1000 + 100 * number + delay_ms)


def scene_of_marks_that_jitter_delays(clock: PlaybackClock) -> None:
    delayed(clock, 1, 250, 61, 90)


def scene_of_a_lagging_line(clock: PlaybackClock) -> None:
    delayed(clock, 1, 201, 215, 260)


def scene_of_a_line_that_lags_from_the_start(clock: PlaybackClock) -> None:
    delayed(clock, 220, 240, 230, 250)


def scene_of_a_lag_that_is_over(clock: PlaybackClock) -> None:
    delayed(clock, 1, 201, 201, 202, 2)


def scene_of_a_pause_that_ends_a_lag(clock: PlaybackClock) -> None:
    marks = sent(clock, 1000, 100, 100, 100, 100)
    for mark, now_ms in zip(marks, (1100, 1300, 1400, 1500), strict=True):
        clock.returned(mark, now_ms)
    sent(clock, 1450, 400)


def scene_of_a_line_that_is_far_away(clock: PlaybackClock) -> None:
    delayed(clock, 90, 95, 90, 110)


def scene_of_a_mark_before_its_time(clock: PlaybackClock) -> None:
    first, _ = sent(clock, 1000, 200, 300)
    clock.returned(first, 1150)


def scene_of_an_underrun(clock: PlaybackClock) -> None:
    (mark,) = sent(clock, 1000, 100)
    clock.returned(mark, 1100)
    sent(clock, 2000, 300)


def scene_of_an_underrun_whose_mark_is_late(clock: PlaybackClock) -> None:
    sent(clock, 1000, 100)
    sent(clock, 2000, 300)


def scene_after_an_interruption(clock: PlaybackClock) -> None:
    sent(clock, 1000, 500)
    clock.interrupt(1100)
    sent(clock, 1200, 300, item="b")


def scene_of_a_stale_mark(clock: PlaybackClock) -> None:
    (mark,) = sent(clock, 1000, 500)
    clock.interrupt(1100)
    sent(clock, 1200, 300, item="b")
    clock.returned(mark, 1210)


def scene_of_a_clock_that_steps_back(clock: PlaybackClock) -> None:
    first, _ = sent(clock, 2000, 100, 100)
    clock.returned(first, 2100)


def scene_of_a_new_session(clock: PlaybackClock) -> None:
    sent(clock, 1000, 200)
    clock.disown()
    sent(clock, 1000, 200, item="b")


CASES: dict[str, tuple[Scene, float, list[UnheardItem]]] = {
    "before the first mark": (scene_of_one_piece, 1120, [UnheardItem("a", 0, 120)]),
    "at once": (scene_of_one_piece, 1000, [UnheardItem("a", 0, 0)]),
    "when the mark never comes": (scene_of_one_piece, 60_000, []),
    "in the second piece": (scene_of_two_pieces, 1150, [UnheardItem("a", 0, 150)]),
    "in the first of two items": (
        scene_of_two_items,
        1100,
        [UnheardItem("a", 0, 100), UnheardItem("b", 0, 0)],
    ),
    "in the second of two items": (scene_of_two_items, 1350, [UnheardItem("b", 0, 50)]),
    "in the second of three items": (
        scene_of_three_items,
        1250,
        [UnheardItem("b", 0, 50), UnheardItem("c", 0, 0)],
    ),
    "in the second part of an item": (scene_of_two_parts, 1250, [UnheardItem("a", 1, 50)]),
    "in items that overlap": (
        scene_of_items_that_overlap,
        1250,
        [UnheardItem("a", 0, 150), UnheardItem("b", 0, 100)],
    ),
    "in audio that the model does not have": (
        scene_of_audio_the_model_does_not_have,
        1100,
        [UnheardItem("a", 0, 0)],
    ),
    "a mark stands for those before it": (
        scene_of_one_mark_for_several,
        1340,
        [UnheardItem("a", 0, 340)],
    ),
    "behind a mark for part of an item": (
        scene_of_a_mark_in_the_middle,
        1130,
        [UnheardItem("a", 0, 130)],
    ),
    "jitter is no lag": (scene_of_marks_that_jitter_delays, 1500, [UnheardItem("a", 0, 500)]),
    "a line that lags is behind the clock": (
        scene_of_a_lagging_line,
        1700,
        [UnheardItem("a", 0, 500)],
    ),
    "what marks take at first may be the way there": (
        scene_of_a_line_that_lags_from_the_start,
        1700,
        [UnheardItem("a", 0, 570)],
    ),
    "a mark in time ends a lag": (scene_of_a_lag_that_is_over, 1700, [UnheardItem("a", 0, 700)]),
    "a pause shortens a lag": (
        scene_of_a_pause_that_ends_a_lag,
        1600,
        [UnheardItem("a", 0, 500)],
    ),
    "the way there and back is no lag": (
        scene_of_a_line_that_is_far_away,
        1600,
        [UnheardItem("a", 0, 600)],
    ),
    "a mark before its time sets the clock forward": (
        scene_of_a_mark_before_its_time,
        1200,
        [UnheardItem("a", 0, 250)],
    ),
    "an underrun is no audio": (scene_of_an_underrun, 2050, [UnheardItem("a", 0, 150)]),
    "nor when its mark is late": (
        scene_of_an_underrun_whose_mark_is_late,
        2050,
        [UnheardItem("a", 0, 150)],
    ),
    "after an interruption": (scene_after_an_interruption, 1250, [UnheardItem("b", 0, 50)]),
    "a stale mark says nothing": (scene_of_a_stale_mark, 1250, [UnheardItem("b", 0, 50)]),
    "time that steps back is no time": (
        scene_of_a_clock_that_steps_back,
        2000,
        [UnheardItem("a", 0, 100)],
    ),
    "what an old session said stays": (scene_of_a_new_session, 1100, [UnheardItem("b", 0, 0)]),
}


@pytest.mark.parametrize(("scene", "now_ms", "unheard"), CASES.values(), ids=CASES)
def test_an_interruption_tells_what_was_heard_of_each_item(
    scene: Scene, now_ms: float, unheard: list[UnheardItem]
) -> None:
    clock = PlaybackClock()
    scene(clock)
    assert clock.interrupt(now_ms) == unheard


def test_nothing_sent_is_nothing_heard() -> None:
    clock = PlaybackClock()
    assert (clock.heard_ms(1_000_000), clock.interrupt(1_000_000)) == (0, [])
    assert not clock.playing


def test_the_position_moves_with_the_clock_and_stops_at_what_was_sent() -> None:
    clock = PlaybackClock()
    sent(clock, 1000, 100)
    assert [clock.heard_ms(now) for now in (999, 1000, 1040, 1100, 5000)] == [0, 0, 40, 100, 100]


def test_playing_lasts_until_the_last_mark() -> None:
    clock = PlaybackClock()
    first, second = sent(clock, 1000, 100, 100)
    assert clock.playing
    clock.returned(first, 1100)
    assert clock.playing
    clock.returned(second, 1200)
    assert not clock.playing


def test_playing_goes_on_behind_the_last_mark() -> None:
    clock = PlaybackClock()
    (mark,) = sent(clock, 1000, 100)
    clock.sent("a", 0, 20, 1000)
    assert clock.unmarked_ms == 20
    clock.returned(mark, 1100)
    assert clock.playing
    assert clock.ends_at_ms == 1120


def test_the_end_of_playback_is_put_off_by_a_lag() -> None:
    clock = PlaybackClock()
    delayed(clock, 1, 201, 201, 201)
    assert clock.ends_at_ms == 2000


def test_whoever_gives_up_waiting_has_heard_everything() -> None:
    clock = PlaybackClock()
    (mark,) = sent(clock, 1000, 100)
    clock.give_up()
    assert not clock.playing
    assert not clock.returned(mark, 5000)
    sent(clock, 6000, 100)
    assert clock.interrupt(6050) == [UnheardItem("a", 0, 150)]


def test_marks_have_names_of_their_own_across_interruptions() -> None:
    clock = PlaybackClock()
    names = sent(clock, 0, 20, 20) + sent(clock, 0, 20, item="b")
    clock.interrupt(10)
    names += sent(clock, 20, 20, 20)
    assert len(set(names)) == 5
    assert names[0] == "0:1"
    assert names[-1] == "1:5"


def test_a_mark_is_waited_for_once() -> None:
    clock = PlaybackClock()
    first, second = sent(clock, 0, 20, 20)
    assert clock.returned(second, 40)
    assert not clock.returned(first, 41)
    assert not clock.returned(second, 42)
    assert not clock.returned("somebody else's", 43)


def test_clear_forgets_unheard_audio() -> None:
    clock = PlaybackClock()
    marks = sent(clock, 0, 500, 500)
    clock.interrupt(100)
    assert not any(clock.returned(mark, 110) for mark in marks)
    assert (clock.heard_ms(600), clock.playing) == (0, False)


def test_a_second_interruption_within_100_ms_finds_nothing_left() -> None:
    clock = PlaybackClock()
    sent(clock, 0, 500)
    assert clock.interrupt(100)
    assert clock.interrupt(150) == []
    sent(clock, 160, 500, item="b")
    assert clock.interrupt(190) == [UnheardItem("b", 0, 30)]


def test_late_audio_of_an_item_that_was_heard_truncates_it_once_at_what_was_heard() -> None:
    clock = PlaybackClock()
    (mark,) = sent(clock, 0, 500)
    clock.returned(mark, 500)
    assert clock.interrupt(600) == []
    assert clock.interrupt(650) == []
    assert clock.dropped("a", 0) == UnheardItem("a", 0, 500)
    assert clock.dropped("a", 0) is None


def test_late_audio_of_a_truncated_item_truncates_nothing_again() -> None:
    clock = PlaybackClock()
    sent(clock, 0, 500)
    assert clock.interrupt(100)
    assert clock.dropped("a", 0) is None


def test_late_audio_of_an_item_that_nobody_heard_truncates_all_of_it() -> None:
    clock = PlaybackClock()
    sent(clock, 0, 500)
    clock.interrupt(100)
    assert clock.dropped("b", 0) == UnheardItem("b", 0, 0)
    assert clock.dropped("b", 0) is None


def test_late_audio_that_the_model_does_not_have_truncates_nothing() -> None:
    clock = PlaybackClock()
    sent(clock, 0, 500, item="")
    assert clock.interrupt(100) == []
    assert clock.dropped("", 0) is None


def test_a_clock_remembers_nothing_of_answers_that_are_over() -> None:
    clock = PlaybackClock()
    sent(clock, 0, 500)
    clock.interrupt(600)
    clock.settle()
    sent(clock, 1000, 500)
    assert clock.interrupt(1100) == [UnheardItem("a", 0, 100)]
