"""The clock against a player of whole milliseconds, whatever comes in whatever order."""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.playback_clock import PlaybackClock


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
        self.clock.sent(item, 0, duration_ms, self.now_ms)
        self.player.send(item, duration_ms, self.clock.mark())

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
