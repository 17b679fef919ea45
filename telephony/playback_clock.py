"""What the caller has heard, worked out from what was sent and the marks that came back.

Pure: moments are passed in, in milliseconds of any monotonic clock.

Twilio plays what it was sent in order and in real time, so between two marks the position
moves with the clock; every mark that comes back corrects it. A mark that `clear` sent back
early belongs to an older generation and says nothing.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnheardItem:
    """An item of which the caller heard less than was sent.

    Attributes:
        item_id: the conversation item.
        content_index: which content part of it.
        heard_ms: heard so far; never more than what was sent of it.
    """

    item_id: str
    content_index: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class _Segment:
    """Audio of one item, sent in one piece.

    Attributes:
        offset_ms: where it begins within its item.
        begins_ms: where it begins within all that was sent.
        ends_ms: where it ends within all that was sent.
    """

    item: tuple[str, int]
    mark: str
    offset_ms: float
    begins_ms: float
    ends_ms: float


class PlaybackClock:
    """The playback of one stream, in milliseconds of audio since the last interruption."""

    def __init__(self) -> None:
        self._generation = 0
        self._marks = 0
        self._pending: deque[_Segment] = deque()
        self._item: tuple[str, int] | None = None
        self._item_sent_ms = 0.0
        self._sent_ms = 0.0
        self._heard_ms = 0.0
        self._heard_at_ms = 0.0

    @property
    def playing(self) -> bool:
        """Whether some mark has not come back yet."""
        return bool(self._pending)

    def sent(self, item_id: str, content_index: int, duration_ms: float, now_ms: float) -> str:
        """Note audio that was queued for playback.

        Returns:
            The name of the mark to send right behind it.
        """
        # Up to now nothing beyond what was sent can have played: if the queue ran empty, with
        # or without its marks, the pause is not audio.
        self._heard_ms = self.heard_ms(now_ms)
        self._heard_at_ms = now_ms
        item = (item_id, content_index)
        if item != self._item:
            self._item, self._item_sent_ms = item, 0.0
        self._marks += 1
        segment = _Segment(
            item=item,
            mark=f"{self._generation}:{item_id}:{self._marks}",
            offset_ms=self._item_sent_ms,
            begins_ms=self._sent_ms,
            ends_ms=self._sent_ms + duration_ms,
        )
        self._pending.append(segment)
        self._item_sent_ms += duration_ms
        self._sent_ms = segment.ends_ms
        return segment.mark

    def returned(self, mark: str, now_ms: float) -> bool:
        """Note a mark that came back; says whether it was one that is waited for.

        Marks come back in the order they were sent, so one that comes back also stands for
        those before it.
        """
        if all(segment.mark != mark for segment in self._pending):
            return False
        while (segment := self._pending.popleft()).mark != mark:
            pass
        self._heard_ms = segment.ends_ms
        self._heard_at_ms = now_ms
        return True

    def heard_ms(self, now_ms: float) -> float:
        """The position of playback now; never beyond what was sent."""
        if not self._pending:
            return self._heard_ms
        return min(self._heard_ms + max(now_ms - self._heard_at_ms, 0.0), self._sent_ms)

    def interrupt(self, now_ms: float) -> list[UnheardItem]:
        """Forget what is queued, as `clear` does.

        Returns:
            The items that were not heard to the end, in the order of playback.
        """
        position_ms = self.heard_ms(now_ms)
        unheard: dict[tuple[str, int], UnheardItem] = {}
        for segment in self._pending:
            if segment.ends_ms > position_ms and segment.item not in unheard:
                heard_ms = segment.offset_ms + max(position_ms - segment.begins_ms, 0.0)
                unheard[segment.item] = UnheardItem(*segment.item, heard_ms=int(heard_ms))
        self._generation += 1
        self._pending.clear()
        self._item = None
        self._sent_ms = self._heard_ms = 0.0
        return list(unheard.values())
