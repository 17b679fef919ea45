"""Whether a call that rings is taken, or goes to a person at once."""

from calls.lines import Refusal
from calls.records import Outcome
from webhooks.switchboard import Switchboard


async def refusal(
    board: Switchboard, call_sid: str, caller: str | None, *, is_new: bool
) -> Refusal | None:
    """Why a call that rings is not taken; None when it is, and then a line is kept for it.

    The call must be on record: of two that ring at once each has to see the other.

    Args:
        board: of the process.
        call_sid: the call.
        caller: its number, E.164; None when it is no identity.
        is_new: whether this is the first webhook of the call.
    """
    if not is_new and await board.records.outcome(call_sid) is Outcome.REFUSED:
        # Its record is closed: a socket of it would find nothing to claim.
        return Refusal.BEFORE
    return await board.spending.refusal(call_sid, caller) or board.lines.ring(call_sid)
