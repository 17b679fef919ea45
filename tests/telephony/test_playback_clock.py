from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.playback_clock import PlaybackClock, UnheardItem


def sent(
    clock: PlaybackClock, now_ms: float, *durations_ms: float, item: str = "a", content: int = 0
) -> list[str]:
    """Send pieces of one item at one moment."""
    return [clock.sent(item, content, duration, now_ms) for duration in durations_ms]


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


def scene_of_two_parts(clock: PlaybackClock) -> None:
    sent(clock, 1000, 200)
    sent(clock, 1000, 200, content=1)


def scene_of_one_mark_for_several(clock: PlaybackClock) -> None:
    _, _, third, _ = sent(clock, 1000, 100, 100, 100, 100)
    clock.returned(third, 1300)


def scene_of_a_late_mark(clock: PlaybackClock) -> None:
    first, _ = sent(clock, 1000, 100, 400)
    clock.returned(first, 1250)


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
    "a mark stands for those before it": (
        scene_of_one_mark_for_several,
        1340,
        [UnheardItem("a", 0, 340)],
    ),
    "a late mark sets the position back": (scene_of_a_late_mark, 1300, [UnheardItem("a", 0, 150)]),
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


def test_marks_have_names_of_their_own_across_interruptions() -> None:
    clock = PlaybackClock()
    names = sent(clock, 0, 20, 20) + sent(clock, 0, 20, item="b")
    clock.interrupt(10)
    names += sent(clock, 20, 20, 20)
    assert len(set(names)) == 5
    assert names[0] == "0:a:1"
    assert names[-1] == "1:a:5"


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


@dataclass
class Player:
    """What Twilio does: plays in order, in real time, and echoes a mark when it gets there."""

    now_ms: int = 0
    queue: deque[tuple[str, int, str]] = field(default_factory=deque[tuple[str, int, str]])
    echoes: list[str] = field(default_factory=list[str])
    played_ms: dict[str, int] = field(default_factory=dict[str, int])
    sent_ms: dict[str, int] = field(default_factory=dict[str, int])

    def send(self, item: str, duration_ms: int, mark: str) -> None:
        self.sent_ms[item] = self.sent_ms.get(item, 0) + duration_ms
        self.played_ms.setdefault(item, 0)
        self.queue.append((item, duration_ms, mark))

    def play(self, elapsed_ms: int) -> None:
        for _ in range(elapsed_ms):
            self.now_ms += 1
            if self.queue:
                item, left_ms, mark = self.queue.popleft()
                self.played_ms[item] += 1
                if left_ms > 1:
                    self.queue.appendleft((item, left_ms - 1, mark))
                else:
                    self.echoes.append(mark)

    def clear(self) -> dict[str, int]:
        """Empties the queue; returns what was heard of the items in it."""
        unheard = {item: self.played_ms[item] for item, _, _ in self.queue}
        self.echoes += [mark for _, _, mark in self.queue]
        self.queue.clear()
        return unheard


STEPS = st.lists(
    st.tuples(st.sampled_from(["send", "send", "play", "next item", "echo", "clear"]),
              st.integers(1, 60)),
    max_size=60,
)  # fmt: skip


class Call:
    """A clock and a player that get the same audio."""

    def __init__(self) -> None:
        self.clock = PlaybackClock()
        self.player = Player()
        self.item = 0
        self.marks_were_late = False

    def send(self, duration_ms: int) -> None:
        item = f"item_{self.item}"
        self.player.send(item, duration_ms, self.clock.sent(item, 0, duration_ms, self.now_ms))

    @property
    def now_ms(self) -> int:
        return self.player.now_ms

    def echo(self) -> None:
        """Gives the clock the marks that came back, however long ago."""
        for mark in self.player.echoes:
            self.marks_were_late |= self.clock.returned(mark, self.now_ms)
        self.player.echoes.clear()

    def interrupt(self) -> None:
        unheard = {u.item_id: u.heard_ms for u in self.clock.interrupt(self.now_ms)}
        heard = self.player.clear()
        if not self.marks_were_late:
            assert unheard == heard
        for item, heard_ms in unheard.items():
            assert heard_ms <= self.player.played_ms[item] <= self.player.sent_ms[item]
        self.item += 1
        self.marks_were_late = False

    def step(self, step: str, amount: int) -> None:
        match step:
            case "send":
                self.send(amount)
            case "play":
                self.player.play(amount)
            case "next item":
                self.item += 1
            case "echo":
                self.echo()
            case _:
                self.interrupt()


@given(STEPS)
@settings(max_examples=300)
def test_the_clock_agrees_with_a_player_until_marks_are_late_and_then_says_no_more_than_it(
    steps: list[tuple[str, int]],
) -> None:
    call = Call()
    for step, amount in steps:
        call.step(step, amount)


@given(STEPS)
def test_the_clock_is_exact_when_marks_come_back_at_once(steps: list[tuple[str, int]]) -> None:
    call = Call()
    for step, amount in steps:
        if step == "play":
            for _ in range(amount):
                call.player.play(1)
                call.echo()
                call.marks_were_late = False
        elif step != "echo":
            call.step(step, amount)
        assert call.clock.playing == bool(call.player.queue)
