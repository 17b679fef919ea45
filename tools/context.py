"""What belongs to one call and not to the model: who calls, and the desk to act on."""

from dataclasses import dataclass
from typing import cast

from pipecat.services.llm_service import FunctionCallParams

from booking.desk import BookingDesk
from booking.models import Actor


@dataclass(frozen=True)
class CallContext:
    """The per-call things of the tools.

    Attributes:
        desk: the appointment book.
        call_sid: the call.
        phone: the caller's number from the signed webhook, E.164; None when it is no identity.
    """

    desk: BookingDesk
    call_sid: str
    phone: str | None

    def actor(self, tool_call_id: str) -> Actor:
        """The caller, acting through one tool call."""
        return Actor("caller", self.phone, self.call_sid, tool_call_id)


def call_context(params: FunctionCallParams) -> CallContext:
    """The context of the call that a tool was called in."""
    return cast(CallContext, params.app_resources)
