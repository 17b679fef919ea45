"""What the model says in the fault matrix."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Literal

from receptionist import now
from simulator.realtime import CallTool, Conversation, Output, Say
from simulator.scenario import Script

GREETING = Say("Hello.", audio=b"\x70" * 4000)
BACK = Say("I am back.", audio=b"\x71" * 4000)
MOMENT = Say("One moment, please.", audio=b"\x72" * 4000)
BOOKED = Say("It is booked.", audio=b"\x73" * 4000)
SORRY = Say("That did not work.", audio=b"\x75" * 4000)
AGAIN = Say("Hello?", audio=b"\x74" * 4000)


LATE_SECS = 15.0

Answer = Sequence[Output] | Literal["late"]
"""What the model says; or nothing for so long that nobody waits for it."""


def booking(call_id: str | None = None) -> CallTool:
    """The call of the tool that books what the caller wants."""
    day = Script("America/New_York", now()).fill("{{ weekday('tuesday') }}")
    wish = {"service": "hot stones", "date": day, "time": "14:00", "name": "Ada Low"}
    return CallTool("book_appointment", wish, call_id)


class Clerk:
    """Greets, books at the caller's first words, and says so whenever the caller speaks again.

    It knows what it did from the conversation alone, as a model does: in a new session only what
    was replayed into it.

    Attributes:
        conversations: what it was asked to answer.
        answers: what it gives next, in place of what it would say.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.conversations: list[Conversation] = []
        self.answers = list(answers)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        self.conversations.append(conversation)
        if conversation.metadata:
            return [MOMENT]
        if not conversation.user_turns:
            first = all(item.get("role") == "system" for item in conversation.items)
            return [GREETING if first else BACK]
        if self.answers:
            return await _given(self.answers.pop(0))
        if _knows_of_booking(conversation):
            return [BOOKED]
        tried = conversation.items[-1].get("type") == "function_call_output"
        return [SORRY] if tried else [booking()]

    def transcribe(self, turn: int) -> str | None:
        return "Hot stones on Tuesday at two."


async def _given(answer: Answer) -> Sequence[Output]:
    if answer == "late":
        await asyncio.sleep(LATE_SECS)
        return []
    return answer


def _knows_of_booking(conversation: Conversation) -> bool:
    """Whether a result says so, be it an output or told of in a message."""
    return bool(re.search(r'ok\\*": true', json.dumps(conversation.items)))
