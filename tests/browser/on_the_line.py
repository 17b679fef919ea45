"""Somebody who is on the phone while a page is looked at."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, Say
from simulator.speech import speak
from tests.browser.furnish import CALLER
from tests.browser.house import House
from tests.e2e.product import ACCOUNT, Answers

QUESTION = "Which massages do you have?"
LAST_WORDS = "We have Swedish, deep tissue and hot stone massages. Which would you like?"


def _said(text: str) -> Say:
    return Say(text, audio=speak(text))


class Receptionist(Answers):
    """An agent that greets, looks up what there is, and says so."""

    def __init__(self) -> None:
        super().__init__(
            [_said("Welcome back to Serenity Spa, Ada. How can I help you?")],
            [CallTool("list_treatments")],
            [_said(LAST_WORDS)],
        )

    def transcribe(self, turn: int) -> str | None:
        """The only question."""
        return QUESTION


@asynccontextmanager
async def on_the_line(house: House) -> AsyncGenerator[None]:
    """Stay on the line; the last words were heard when it begins."""
    heard, seen = asyncio.Event(), asyncio.Event()

    async def talk(line: Line) -> None:
        await line.listen()
        await line.say(QUESTION)
        await line.listen()
        heard.set()
        while not seen.is_set():
            await line.wait(100)

    async with asyncio.TaskGroup() as group:
        calling = place_call(f"{house.origin}/voice", ACCOUNT, from_=CALLER, script=talk)
        group.create_task(calling)
        await heard.wait()
        yield
        seen.set()
