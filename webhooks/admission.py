"""Whether a call that rings is taken, or goes to a person at once."""

from calls.lines import Refusal
from webhooks.switchboard import Switchboard


async def refusal(board: Switchboard, call_sid: str) -> Refusal | None:
    """Why a call that rings is not taken; None when it is, and then a line is kept for it."""
    return board.lines.ring(call_sid)
