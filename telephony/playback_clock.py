"""What the caller has heard, worked out from what was sent and the marks that came back.

Pure: moments are passed in, in milliseconds of any monotonic clock.

Twilio plays what it was sent in order and in real time, so the position moves with the clock,
from the moment at which audio was sent into an empty queue. A mark proves that playback has got
so far. When one comes back late, mostly the news was late and not the playback: the shortest
delay ever seen is the line's round trip, and only what several marks in a row have beyond it is a
lag. A mark that `clear` sent back early belongs to an older generation and says nothing.
"""

from collections import deque
from dataclasses import dataclass

LONGEST_ROUND_TRIP_MS = 100.0
"""What a mark may take, beyond the time that its audio plays, before playback must be lagging."""

WITNESSES = 3
"""So many marks in a row must agree that playback lags."""

JITTER_MS = 60.0
"""What chance adds to the round trip; Twilio alone tells of marks only every 20 ms."""

Item = tuple[str, int]
"""An item's id, and which content part of it."""


@dataclass(frozen=True, slots=True)
class UnheardItem:
    """An item of which the caller heard less than the model believes.

    Attributes:
        item_id: the conversation item.
        content_index: which content part of it.
        heard_ms: heard so far; never more than what was sent of it.
    """

    item_id: str
    content_index: int
    heard_ms: int


@dataclass(slots=True)
class _Stretch:
    """Audio of one item without a break.

    Attributes:
        item: None when it belongs to nothing that can be truncated.
        offset_ms: where it begins within its item.
        begins_ms: where it begins within all that was sent.
        ends_ms: where it ends within all that was sent.
    """

    item: Item | None
    offset_ms: float
    begins_ms: float
    ends_ms: float


class PlaybackClock:
    """The playback of one stream, in milliseconds of audio since the last interruption."""

    def __init__(self) -> None:
        self._generation = 0
        self._marks = 0
        self._awaited: deque[tuple[str, float]] = deque()
        self._unheard: deque[_Stretch] = deque()
        self._items_sent_ms: dict[Item, float] = {}
        self._cut: dict[Item, int | None] = {}
        self._sent_ms = self._marked_ms = self._heard_ms = 0.0
        self._began_at_ms = self._lag_ms = 0.0
        self._round_trip_ms = LONGEST_ROUND_TRIP_MS
        self._delays_ms: deque[float] = deque(maxlen=WITNESSES)

    @property
    def playing(self) -> bool:
        """Whether some audio is not known to have been heard."""
        return bool(self._unheard)

    @property
    def unmarked_ms(self) -> float:
        """How much audio was sent behind the last mark."""
        return self._sent_ms - self._marked_ms

    @property
    def ends_at_ms(self) -> float:
        """The moment at which all that was sent has been heard."""
        return self._began_at_ms + self._sent_ms + self._lag_ms

    def sent(self, item_id: str, content_index: int, duration_ms: float, now_ms: float) -> None:
        """Note audio that was queued for playback; without an item it is never truncated."""
        pause_ms = now_ms - self._began_at_ms - self._sent_ms
        if pause_ms > 0:
            # The queue ran empty, with or without its marks: the pause was not audio.
            self._began_at_ms += pause_ms
            self._lag_ms = max(self._lag_ms - pause_ms, 0.0)
        item = (item_id, content_index) if item_id else None
        begins_ms = self._sent_ms
        self._sent_ms += duration_ms
        if not self._unheard or self._unheard[-1].item != item:
            offset_ms = self._items_sent_ms.get(item, 0.0) if item else 0.0
            self._unheard.append(_Stretch(item, offset_ms, begins_ms, begins_ms))
        self._unheard[-1].ends_ms = self._sent_ms
        if item:
            self._items_sent_ms[item] = self._items_sent_ms.get(item, 0.0) + duration_ms

    def mark(self) -> str:
        """The name of a mark to send behind all that was sent so far."""
        self._marks += 1
        self._marked_ms = self._sent_ms
        name = f"{self._generation}:{self._marks}"
        self._awaited.append((name, self._sent_ms))
        return name

    def returned(self, mark: str, now_ms: float) -> bool:
        """Note a mark that came back; says whether it was one that is waited for.

        Marks come back in the order they were sent, so one that comes back also stands for
        those before it.
        """
        if all(name != mark for name, _ in self._awaited):
            return False
        while (awaited := self._awaited.popleft())[0] != mark:
            pass
        self._heard_ms = awaited[1]
        while self._unheard and self._unheard[0].ends_ms <= self._heard_ms:
            self._unheard.popleft()
        self._note_delay(now_ms - self._began_at_ms - self._heard_ms)
        return True

    def _note_delay(self, delay_ms: float) -> None:
        """Learn from how long after its audio's end, by this clock, a mark came back."""
        if delay_ms < 0:
            self._began_at_ms += delay_ms
        self._delays_ms.append(max(delay_ms, 0.0))
        shortest_ms = min(self._delays_ms)
        self._round_trip_ms = min(self._round_trip_ms, shortest_ms)
        if len(self._delays_ms) == WITNESSES:
            lag_ms = shortest_ms - self._round_trip_ms
            self._lag_ms = lag_ms if lag_ms > JITTER_MS else 0.0

    def heard_ms(self, now_ms: float) -> float:
        """The position of playback now; never beyond what was sent."""
        if not self._unheard:
            return self._sent_ms
        moved_ms = now_ms - self._began_at_ms - self._lag_ms
        return min(max(moved_ms, self._heard_ms), self._sent_ms)

    def interrupt(self, now_ms: float) -> list[UnheardItem]:
        """Forget what is queued, as `clear` does.

        Returns:
            The items that were not heard to the end, in the order of playback.
        """
        position_ms = self.heard_ms(now_ms)
        unheard: dict[Item, UnheardItem] = {}
        for stretch in self._unheard:
            item = stretch.item
            if item and stretch.ends_ms > position_ms and item not in unheard:
                heard_ms = stretch.offset_ms + max(position_ms - stretch.begins_ms, 0.0)
                unheard[item] = UnheardItem(*item, heard_ms=int(heard_ms))
        for item, sent_ms in self._items_sent_ms.items():
            self._cut[item] = None if item in unheard else int(sent_ms)
        self._items_sent_ms.clear()
        self._generation += 1
        self._forget_queue()
        self._delays_ms.clear()
        self._sent_ms = self._marked_ms = self._heard_ms = self._lag_ms = 0.0
        return list(unheard.values())

    def dropped(self, item_id: str, content_index: int) -> UnheardItem | None:
        """Note audio that came too late to be played, of an answer that was interrupted.

        Returns:
            The item, when it was not truncated before: it is longer than was known.
        """
        item = (item_id, content_index)
        heard_ms = self._cut.get(item, 0)
        if not item_id or heard_ms is None:
            return None
        self._cut[item] = None
        return UnheardItem(*item, heard_ms=heard_ms)

    def give_up(self) -> None:
        """Wait for no mark any longer: all that was sent counts as heard."""
        self._forget_queue()
        self._heard_ms = self._marked_ms = self._sent_ms

    def settle(self) -> None:
        """Forget the items of answers that are over: none of them can be truncated any more."""
        self._items_sent_ms.clear()
        self._cut.clear()

    def disown(self) -> None:
        """What was sent belongs to a conversation that the model no longer has."""
        self.settle()
        for stretch in self._unheard:
            stretch.item = None

    def _forget_queue(self) -> None:
        self._unheard.clear()
        self._awaited.clear()
