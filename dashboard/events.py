"""A part of a page that follows what happens, by server-sent events.

Whoever watches costs a look at the database a second, and leaves nothing behind: a stream ends
with its browser, when the process leaves, and after some minutes in any case. The browser asks
again by itself, on whichever replica, and has to be logged in for that.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from loguru import logger
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from database import DATABASE_ERRORS

LOOK_SECS = 1.0
"""How often it is looked whether something has happened."""

QUIET_LOOKS = 15
"""After so many in which nothing did, a comment tells proxies and us that the line is there."""

STREAM_SECS = 300.0
"""How long a stream lasts."""

STUCK_SECS = 30.0
"""How much longer one may hang whose browser reads nothing."""

MOST_WATCHERS = 30
"""Of a process."""


class Watchers:
    """Who watches this process, and until when."""

    def __init__(
        self,
        is_leaving: Callable[[], bool],
        *,
        look_secs: float = LOOK_SECS,
        stream_secs: float = STREAM_SECS,
        stuck_secs: float = STUCK_SECS,
    ) -> None:
        """Let nobody watch yet.

        Args:
            is_leaving: whether the process has no call any more and goes.
            look_secs: how often it is looked whether something has happened.
            stream_secs: how long a stream lasts.
            stuck_secs: how much longer one may hang whose browser reads nothing.
        """
        self.count = 0
        self._is_leaving = is_leaving
        self._look_secs = look_secs
        self._stream_secs = stream_secs
        self._longest_secs = stream_secs + stuck_secs

    @property
    def is_full(self) -> bool:
        """Whether nobody else may watch."""
        return self.count >= MOST_WATCHERS

    def follow(self, name: str, render: Callable[[], Awaitable[str]]) -> StreamingResponse:
        """Send a part of a page whenever it has changed.

        Args:
            name: of the event.
            render: gives the part as it is now.
        """
        return _Stream(self, self._events(name, render), self._longest_secs)

    async def _events(self, name: str, render: Callable[[], Awaitable[str]]) -> AsyncGenerator[str]:
        loop = asyncio.get_running_loop()
        until, shown, quiet = loop.time() + self._stream_secs, "", 0
        yield "retry: 1000\n\n"
        while loop.time() < until and not self._is_leaving():
            try:
                part = await render()
            except DATABASE_ERRORS as error:
                logger.warning("Nothing can be shown of calls: {}", type(error).__name__)
                part = shown
            quiet = quiet + 1 if part == shown else 0
            if not quiet:
                shown = part
                yield _event(name, part)
            elif quiet % QUIET_LOOKS == 0:
                yield ": still here\n\n"
            await asyncio.sleep(self._look_secs)


class _Stream(StreamingResponse):
    """A stream that is counted, and that ends even when nobody reads it."""

    media_type = "text/event-stream"

    def __init__(
        self, watchers: Watchers, events: AsyncGenerator[str], longest_secs: float
    ) -> None:
        # Proxies hold nothing back.
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._watchers = watchers
        self._events = events
        self._longest_secs = longest_secs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._watchers.count += 1
        try:
            async with asyncio.timeout(self._longest_secs):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            logger.info("A browser that reads nothing is left")
        finally:
            self._watchers.count -= 1
            await self._events.aclose()


def _event(name: str, part: str) -> str:
    lines = "".join(f"data: {line}\n" for line in part.splitlines())
    return f"event: {name}\n{lines}\n"
