"""A thousand random barge-ins: the clock against what the simulated Twilio really played."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random

import pytest

from processors.playback import MARK_EVERY_MS
from simulator.playout import BYTES_PER_SEC, Playout
from telephony.playback_clock import PlaybackClock

CALLS, ANSWERS = 50, 20
FRAME_MS = 20
BYTES_PER_MS = BYTES_PER_SEC // 1000


class Wire:
    """One direction of the line: everything arrives in order, after a delay that varies."""

    def __init__(self, random: Random, jitter_ms: float) -> None:
        self._random = random
        self._delay_ms = random.uniform(1, 50)
        self._jitter_ms = jitter_ms
        self._last_ms = 0.0

    def arrival_ms(self, now_ms: float) -> float:
        delay_ms = self._delay_ms + self._random.uniform(0, self._jitter_ms)
        self._last_ms = max(self._last_ms, now_ms + delay_ms)
        return self._last_ms


class Call:
    """A clock at one end of a line, a player at the other, and time that only they need."""

    def __init__(self, random: Random, mark_every_ms: float = MARK_EVERY_MS) -> None:
        self.clock = PlaybackClock()
        self.playout = Playout()
        self.now_ms = 0.0
        self.random = random
        self._there, self._back = Wire(random, 4), Wire(random, 40)
        self._mark_every_ms = mark_every_ms
        self._answer = 0
        self._sent_ms: Counter[int] = Counter()
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._tick()

    def at(self, at_ms: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._agenda, (at_ms, next(self._numbers), action))

    def run_until(self, until_ms: float) -> None:
        while self._agenda[0][0] <= until_ms:
            self.now_ms, _, action = heapq.heappop(self._agenda)
            action()
        self.now_ms = until_ms

    def answer(self) -> float:
        """Begin an answer of up to three items; gives how long it is, in milliseconds."""
        self._answer += 1
        self._sent_ms.clear()
        self.playout.heard.clear()
        at_ms, total_ms, speed = self.now_ms, 0, self.random.uniform(1.5, 10)
        for item, piece_ms in self._pieces():
            self.at(at_ms, partial(self._send, self._answer, item, piece_ms))
            at_ms += piece_ms / speed
            total_ms += piece_ms
        self.at(at_ms, partial(self._end, self._answer))
        return total_ms

    def barge_in(self) -> list[float]:
        """Interrupt; gives for each item how much more than the truth the clock says, in ms."""
        said = {item: float(sent_ms) for item, sent_ms in self._sent_ms.items()}
        for unheard in self.clock.interrupt(self.now_ms):
            said[int(unheard.item_id)] = unheard.heard_ms
        self._answer += 1  # the rest of the answer is never sent
        self.run_until(self._there.arrival_ms(self.now_ms))
        self._echo(self.playout.clear(self.now_ms / 1000))
        heard = Counter(b"".join(part.mulaw for part in self.playout.heard))
        assert all(said[item] <= sent_ms for item, sent_ms in self._sent_ms.items())
        return [said_ms - heard[item] / BYTES_PER_MS for item, said_ms in said.items()]

    def _pieces(self) -> Iterator[tuple[int, int]]:
        shortest_ms, longest_ms = self.random.choice([(20, 20), (200, 400)])
        for item in range(self.random.randint(1, 3)):
            left_ms = self.random.randint(200, 2500)
            while left_ms > 0:
                piece_ms = min(left_ms, self.random.randint(shortest_ms, longest_ms))
                left_ms -= piece_ms
                yield item, piece_ms

    def _send(self, answer: int, item: int, piece_ms: int) -> None:
        if answer != self._answer:
            return
        self._sent_ms[item] += piece_ms
        self.clock.sent(str(item), 0, piece_ms, self.now_ms)
        audio = bytes([item]) * (piece_ms * BYTES_PER_MS)
        self.at(self._there.arrival_ms(self.now_ms), partial(self._play, audio))
        if self.clock.unmarked_ms >= self._mark_every_ms:
            self._mark()

    def _end(self, answer: int) -> None:
        if answer == self._answer and self.clock.unmarked_ms:
            self._mark()

    def _mark(self) -> None:
        name = self.clock.mark()
        self.at(self._there.arrival_ms(self.now_ms), partial(self._reach, name))

    def _play(self, audio: bytes) -> None:
        self.playout.queue(audio, self.now_ms / 1000)

    def _reach(self, mark: str) -> None:
        self._echo(self.playout.mark(mark, self.now_ms / 1000))

    def _tick(self) -> None:
        """Twilio tells of the marks that are due between two frames."""
        self._echo(self.playout.advance(self.now_ms / 1000))
        self.at(self.now_ms + FRAME_MS, self._tick)

    def _echo(self, marks: list[str]) -> None:
        for mark in marks:
            self.at(self._back.arrival_ms(self.now_ms), partial(self._returned, mark))

    def _returned(self, mark: str) -> None:
        self.clock.returned(mark, self.now_ms)


def barge_ins(call: Call) -> Iterator[float]:
    """The errors of random barge-ins, some in a row and some after the last word."""
    for _ in range(ANSWERS):
        began_ms, length_ms = call.now_ms, call.answer()
        call.run_until(began_ms + call.random.uniform(0, length_ms + 300))
        yield from call.barge_in()
        call.run_until(call.now_ms + call.random.choice([0, 50, 700]))


@pytest.mark.parametrize("mark_every_ms", [FRAME_MS, MARK_EVERY_MS])
def test_the_clock_says_what_was_heard_in_a_thousand_random_barge_ins(mark_every_ms: float) -> None:
    errors = [
        error for number in range(CALLS) for error in barge_ins(Call(Random(number), mark_every_ms))
    ]
    assert len(errors) > CALLS * ANSWERS
    assert max(abs(error) for error in errors) <= FRAME_MS
