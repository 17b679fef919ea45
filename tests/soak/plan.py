"""What happens in a soak, decided by a seed: what each caller does, and what each model says."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from simulator.caller import Line, Signature
from simulator.realtime import CallTool, Conversation, Fail, Output, Say

QUIET_SHARE = 0.6
"""Of the calls in which nothing goes wrong."""

CALLER_FAULTS = (
    "hangs up at once",
    "hangs up at any moment",
    "vanishes at any moment",
    "loses audio",
    "bursts of audio",
    "hiss",
    "presses keys",
    "webhook twice",
    "forged webhook",
    "forged socket",
)

CUTS = ("hangs up at once", "hangs up at any moment", "vanishes at any moment")
"""Those after which a booking may be made that no model was told of."""

MODEL_FAULTS = (
    "fails at first",
    "broken arguments",
    "unknown tool",
    "says nothing",
    "asks twice",
)

TREATMENTS = ("Swedish massage", "Classic facial", "Hot stone massage", "Body scrub")

WORDS = [Say("Done.", audio=b"\x70" * 2400)]


@dataclass(frozen=True)
class CallPlan:
    """What one caller does.

    Attributes:
        number: of the call, the first is 0.
        fault: what goes wrong; "" for nothing.
        patience_ms: when it does, or how long the caller stays after the first answer.
    """

    number: int
    fault: str
    patience_ms: int

    @property
    def call_sid(self) -> str:
        """Twilio's id of the call."""
        return f"CA{self.number:032x}"

    @property
    def phone(self) -> str:
        """The caller's number."""
        return f"+1617555{self.number:04}"

    @property
    def signature(self) -> Signature:
        """How the webhooks are signed."""
        if self.fault == "forged socket":
            return "handshake_wrong"
        return "wrong" if self.fault == "forged webhook" else "good"

    async def script(self, line: Line) -> None:
        """Listen, while the line does what the plan says."""
        match self.fault:
            case "hangs up at once":
                return
            case "hangs up at any moment":
                await line.wait(self.patience_ms)
                return
            case "vanishes at any moment":
                await line.wait(self.patience_ms)
                await line.vanish()
                return
            case "loses audio":
                line.lose_audio(300)
            case "bursts of audio":
                line.hold_audio(300)
            case "hiss":
                line.hiss(seed=self.number)
            case "presses keys":
                await line.press("12#")
            case _:
                pass
        await line.listen(settle_secs=0.1)
        await line.wait(self.patience_ms)


class Plans:
    """The plans of all calls and models; the same seed gives the same ones."""

    def __init__(self, seed: int, today: date) -> None:
        self._callers = random.Random(seed)
        self._models = random.Random(seed + 1)
        self._today = today
        self.model_faults: Counter[str] = Counter()

    def caller(self, number: int) -> CallPlan:
        """What the next caller does."""
        dice = self._callers
        quiet = dice.random() < QUIET_SHARE
        fault = dice.choice(CALLER_FAULTS)
        return CallPlan(number, "" if quiet else fault, dice.randrange(800))

    def model(self) -> "BookingAgent":
        """What the next model says."""
        dice = self._models
        quiet, fault = dice.random() < QUIET_SHARE, dice.choice(MODEL_FAULTS)
        self.model_faults["nothing wrong" if quiet else fault] += 1
        wish = {
            "service": dice.choice(TREATMENTS),
            "date": (self._today + timedelta(days=dice.randint(1, 55))).isoformat(),
            "time": f"{dice.randint(9, 17):02}:{dice.choice(('00', '30'))}",
            "name": "Maria Lopez",
        }
        return BookingAgent(_outputs("" if quiet else fault, wish))


class BookingAgent:
    """A model that books as soon as it may speak, and then says a word."""

    def __init__(self, responses: Sequence[Sequence[Output]]) -> None:
        self._responses = list(responses)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """The next of the outputs; a word more when it is asked again."""
        return self._responses.pop(0) if self._responses else WORDS

    def transcribe(self, turn: int) -> str | None:
        """Nobody speaks."""
        return ""


def _outputs(fault: str, wish: dict[str, Any]) -> list[list[Output]]:
    book = CallTool("book_appointment", wish)
    match fault:
        case "fails at first":
            return [[Fail()], [book], [*WORDS]]
        case "broken arguments":
            return [[CallTool("book_appointment", json.dumps(wish)[:-9])], [*WORDS]]
        case "unknown tool":
            return [[CallTool("order_pizza", {"size": "L"})], [book], [*WORDS]]
        case "says nothing":
            return [[], [book], [*WORDS]]
        case "asks twice":
            return [[book, book], [*WORDS]]
        case _:
            return [[book], [*WORDS]]
