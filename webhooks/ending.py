"""The stream of a call is over, and its caller is still there."""

from loguru import logger

from calls.records import Outcome
from database import DATABASE_ERRORS
from webhooks.switchboard import Switchboard

DROPPED = "the process was lost, or the socket never opened"
"""Why a stream is over whose end nobody has noted."""


async def stream_over(board: Switchboard, call_sid: str) -> Outcome | None:
    """How far the call came; None when nobody knows, and a person is due.

    Its line is to be freed when it is known what comes next, and not before: a process that is told
    to stop leaves as soon as nothing is owed to anybody.
    """
    with logger.contextualize(call_sid=call_sid):
        try:
            outcome = await board.records.outcome(call_sid)
            if outcome in (Outcome.RINGING, Outcome.TALKING):
                await board.records.finish(call_sid, Outcome.FAILED, DROPPED)
        except DATABASE_ERRORS:
            logger.exception("Outcome of the call cannot be read, so a person takes it")
            outcome = None
        logger.info("Stream is over, call was {}", outcome or "never seen here")
    return outcome
