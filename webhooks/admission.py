"""Whether a call that rings is taken, or goes to a person at once."""

from dataclasses import dataclass

from loguru import logger

from calls.lines import Refusal
from calls.records import Outcome
from database import DATABASE_ERRORS
from webhooks.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class RingingCall:
    """A call that rings.

    Attributes:
        call_sid: the call.
        caller: its number, E.164; None when it is no identity.
        dialled: the number that was called.
        stir_verstat: how far the caller's carrier vouches for the number.
    """

    call_sid: str
    caller: str | None
    dialled: str
    stir_verstat: str | None = None


async def admit(board: Switchboard, call: RingingCall) -> Refusal | None:
    """Note a call that rings, and get an agent ready for it; or say why it is not taken.

    Raises:
        DATABASE_ERRORS: the call cannot be noted, and so it has no line.
    """
    try:
        is_new = await board.records.ring(
            call.call_sid,
            caller=call.caller,
            dialled=call.dialled,
            stir_verstat=call.stir_verstat,
        )
        refused = await _refusal(board, call, is_new=is_new)
        if refused is not None:
            await board.records.finish(call.call_sid, Outcome.REFUSED, refused)
    except DATABASE_ERRORS:
        board.lines.free(call.call_sid)
        raise
    if refused is not None:
        logger.warning("Call is not taken: {}", refused)
    elif is_new:
        board.warm_up(call.call_sid, call.caller)
    return refused


async def _refusal(board: Switchboard, call: RingingCall, *, is_new: bool) -> Refusal | None:
    """Why a call is not taken; None when it is, and then a line is kept for it.

    The call must be on record: of two that ring at once each has to see the other.
    """
    if not is_new and await board.records.outcome(call.call_sid) is Outcome.REFUSED:
        # Its record is closed: a socket of it would find nothing to claim.
        return Refusal.BEFORE
    sid = call.call_sid
    return await board.spending.refusal(sid, call.caller) or board.lines.ring(sid)
