"""What belongs to one call and not to the model: who calls, and the desk to act on."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingDesk
from booking.models import Actor
from telephony.browser_calls import is_browser_call


@dataclass(frozen=True)
class Patience:
    """How long a tool may take.

    Attributes:
        filler_secs: a pause that callers take for thinking; after it they ask whether somebody is
            there.
        tool_secs: longer than a database waits for a lock, and no caller waits longer.
        again_secs: how long a second look may take at what was given up.
    """

    filler_secs: float = 1.0
    tool_secs: float = 8.0
    again_secs: float = 2.0


@dataclass
class CallContext:
    """The per-call things of the tools.

    Attributes:
        desk: the appointment book.
        call_sid: the call.
        phone: the caller's number from the signed webhook, E.164; None when it is no identity.
        is_telephone: whether the call can be handed over to a person.
        proven: whether the caller has said the second fact in this call.
        wrong_facts: how often what the caller said was not it.
        said_goodbye: whether the agent was asked for its goodbye already.
        writes: changes of the book under way: they outlive the call.
        patience: with the tools.
    """

    desk: BookingDesk
    call_sid: str
    phone: str | None
    is_telephone: bool = True
    proven: bool = False
    wrong_facts: int = 0
    said_goodbye: bool = False
    writes: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])
    patience: Patience = Patience()

    def actor(self, tool_call_id: str) -> Actor:
        """The caller, acting through one tool call."""
        tried_out = is_browser_call(self.call_sid)
        return Actor("caller", self.phone, self.call_sid, tool_call_id, is_tried_out=tried_out)


def call_context(params: FunctionCallParams) -> CallContext:
    """The context of the call that a tool was called in."""
    return cast(CallContext, params.app_resources)
