"""Agents that get ready while the phone still rings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger
from pipecat.processors.frame_processor import FrameProcessor
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from calls.capture import Capture
from calls.entries import Tokens
from realtime.connection import close_connection
from realtime.unheard import unheard_tokens

UNCLAIMED_SECS = 10.0
"""Twilio opens the socket within a second or two of our TwiML; a caller may hang up before."""


@dataclass(frozen=True)
class Agent:
    """The model's side of a call.

    Attributes:
        llm: the service, in no pipeline yet.
        facts: what the model was told of the caller.
    """

    llm: FrameProcessor
    facts: str


@dataclass(frozen=True)
class OpeningAgent:
    """An agent that gets ready for one call.

    Attributes:
        opening: gives the model's socket.
        greeting: gives the agent, once it was asked for the greeting.
        capture: of what goes over the wires of its call; None for none.
    """

    opening: asyncio.Task[ClientConnection]
    greeting: asyncio.Task[Agent]
    capture: Capture | None = None

    @property
    def failed(self) -> bool:
        """Whether it is known by now that nothing will come of it."""
        if self.greeting.done() and (self.greeting.cancelled() or self.greeting.exception()):
            return True
        if not self.opening.done() or self.opening.cancelled():
            return False  # it is on its way, or the model is one that needs no socket of ours
        return bool(self.opening.exception()) or self.opening.result().state is not State.OPEN

    @property
    def greeted(self) -> bool:
        """Whether the greeting was asked for on a socket that had opened."""
        return all(
            task.done() and not task.cancelled() and not task.exception()
            for task in (self.opening, self.greeting)
        )

    async def close(self) -> None:
        """Leave neither task nor socket behind."""
        self.greeting.cancel()
        await asyncio.gather(self.greeting, return_exceptions=True)
        await close_connection(self.opening)
        if self.capture:
            self.capture.end()


class WarmUps:
    """The agents of the calls that ring, at most one for each call."""

    def __init__(
        self,
        begin: Callable[[str | None], OpeningAgent],
        *,
        most: int,
        unheard: Callable[[str, Tokens], None],
        unclaimed_secs: float = UNCLAIMED_SECS,
    ) -> None:
        """Warm up agents.

        Args:
            begin: begins an agent for the caller with a number, E.164, or none.
            unheard: is told what the greeting of a call took that nobody heard.
            most: how many may wait at the same time; none with 0.
            unclaimed_secs: how long one waits for the socket of its call.
        """
        self._begin = begin
        self._most = most
        self._unheard = unheard
        self._unclaimed_secs = unclaimed_secs
        self._waiting: dict[str, tuple[OpeningAgent, asyncio.TimerHandle]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def begin(self, call_sid: str, phone: str | None) -> None:
        """Get an agent ready for a call, unless too many wait already."""
        if call_sid in self._waiting or len(self._waiting) >= self._most:
            return
        timer = asyncio.get_running_loop().call_later(self._unclaimed_secs, self._expire, call_sid)
        self._waiting[call_sid] = self._begin(phone), timer

    def claim(self, call_sid: str) -> OpeningAgent | None:
        """The agent of a call whose socket is there; None when none waits that is any good."""
        agent, timer = self._waiting.pop(call_sid, (None, None))
        if agent is None or timer is None:
            return None
        timer.cancel()
        if agent.failed:
            logger.warning("Model session that was opened early is lost, connecting anew")
            self._leave(call_sid, agent)
            return None
        return agent

    def _expire(self, call_sid: str) -> None:
        agent, _ = self._waiting.pop(call_sid)
        logger.info("Model session that was opened early is closed, for nobody picked up")
        self._leave(call_sid, agent)

    def _leave(self, call_sid: str, agent: OpeningAgent) -> None:
        closing = asyncio.create_task(self._close(call_sid, agent))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _close(self, call_sid: str, agent: OpeningAgent) -> None:
        if agent.greeted:
            tokens = await unheard_tokens(agent.opening.result())
            if tokens.total:
                self._unheard(call_sid, tokens)
        await agent.close()

    async def close(self) -> None:
        """Close every agent that nobody claimed."""
        for call_sid, (agent, timer) in self._waiting.items():
            timer.cancel()
            self._leave(call_sid, agent)
        self._waiting.clear()
        await asyncio.gather(*self._closing)
