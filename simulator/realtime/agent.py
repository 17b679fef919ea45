"""What stands in for the language model: a scenario or a test says the words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Say:
    """One spoken message; `audio` is mu-law at 8 kHz, synthesized from the text when None."""

    text: str
    audio: bytes | None = None


@dataclass(frozen=True)
class CallTool:
    """One function call; arguments that are a string are sent as they are, broken JSON too.

    The real service gives every call an id of its own; a `call_id` here breaks that.
    """

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict[str, Any])
    call_id: str | None = None


@dataclass(frozen=True)
class Fail:
    """The model breaks down here: the response ends as `failed`, without any `error` event."""

    code: str = "server_error"
    message: str = "The server had an error while processing your request."
    type: str = "server_error"


Output = Say | CallTool | Fail
"""One output item of a response, or its breakdown."""


@dataclass
class Conversation:
    """What the model can see when it is asked to respond.

    Attributes:
        session: The effective session, with what `response.create` overrode.
        items: The items in order; those of `response.create` when it brought its own.
        user_turns: How many turns the caller has spoken.
        function_outputs: The outputs of functions, parsed where they are JSON, newest last.
        response_instructions: The instructions of `response.create`; None when it had none.
        metadata: The metadata of `response.create`.
    """

    session: dict[str, Any]
    items: list[dict[str, Any]]
    user_turns: int
    function_outputs: list[Any]
    response_instructions: str | None = None
    metadata: dict[str, str] | None = None


class Agent(Protocol):
    """Decides what the model says; one for each connection."""

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """The output items of the next response, in order; none is an empty response."""
        ...

    def transcribe(self, turn: int) -> str | None:
        """What the caller said in this turn (0-based); None makes the transcription fail."""
        ...
