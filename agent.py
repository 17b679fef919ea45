"""The agent of a call, who gets ready while the phone still rings."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from websockets.asyncio.client import ClientConnection

from calls.capture import Capture
from processors.note import note
from realtime.connection import ModelUnreachable
from realtime.greeting import GreetingRealtimeLLMService
from realtime.warmup import Agent, OpeningAgent
from receptionist import Receptionist


class BuildsLLM(Protocol):
    """`bot.build_llm`, or what takes its place."""

    def __call__(
        self,
        receptionist: Receptionist,
        connection: Callable[[], Awaitable[ClientConnection]],
        capture: Capture | None,
        /,
    ) -> FrameProcessor:
        """The model of one call."""
        ...


def open_agent(
    receptionist: Receptionist,
    build_llm: BuildsLLM,
    facts: Callable[[bool], Awaitable[str]],
    capture: Capture | None,
) -> OpeningAgent:
    """Open the model's socket and ask for the greeting; the pipeline may come later.

    Args:
        receptionist: what calls share.
        build_llm: makes the model.
        facts: tells of the caller; takes whether they are greeted by a recording.
        capture: of the call; None for none.
    """
    opening = asyncio.create_task(_connect(receptionist, capture))
    greeting = asyncio.create_task(_greet(receptionist, build_llm, facts, opening, capture))
    return OpeningAgent(opening, greeting, capture)


async def _connect(receptionist: Receptionist, capture: Capture | None) -> ClientConnection:
    return await receptionist.connect(capture and capture.model())


async def _greet(
    receptionist: Receptionist,
    build_llm: BuildsLLM,
    tell: Callable[[bool], Awaitable[str]],
    opening: asyncio.Task[ClientConnection],
    capture: Capture | None,
) -> Agent:
    llm = build_llm(receptionist, lambda: opening, capture)
    if not isinstance(llm, GreetingRealtimeLLMService):
        # Another model opens what it needs, and greets when the pipeline asks it to.
        opening.cancel()
        return Agent(llm, await tell(False))
    recording = receptionist.greeting
    facts = await tell(recording is not None)
    if capture:
        capture.head |= {"facts": facts}
        if recording:
            capture.head |= {"recited": [recording.text, len(recording.mulaw)]}
    with suppress(ModelUnreachable):  # the pipeline will find that out and end the call
        await llm.greet(LLMContext(note(facts).messages), recording)
    return Agent(llm, facts)
