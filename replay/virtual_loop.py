"""An event loop whose time passes only when nothing is left to do, and then at once."""

import asyncio
import selectors
from collections.abc import Mapping
from typing import Any

Ready = list[tuple[selectors.SelectorKey, int]]


class _Clock(selectors.BaseSelector):
    """A selector that does not wait, but lets the time pass."""

    def __init__(self) -> None:
        self.now_secs = 0.0
        self._sockets = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> Ready:
        ready = self._sockets.select(0 if timeout is not None else None)
        if not ready and timeout:
            self.now_secs += timeout
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._sockets.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._sockets.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._sockets.get_map()

    def close(self) -> None:
        self._sockets.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that has no time to lose: who sleeps an hour is woken at once, in the right order.

    What runs in it must wait for nothing outside: no thread, no socket.
    """

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        """Seconds since the loop began."""
        return self._clock.now_secs
