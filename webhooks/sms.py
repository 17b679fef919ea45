"""The text messages' webhooks: a customer has written, and what became of what we sent."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Request, Response
from loguru import logger

from booking.models import Actor
from booking.text_message import TextStatus
from telephony.caller_id import caller_phone, masked
from telephony.rest import OPTED_OUT
from telephony.twiml import say_nothing
from webhooks.signed import field, signed_form
from webhooks.switchboard import Switchboard, switchboard

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
"""Words after which Twilio sends a number nothing more: error 21610."""

START = frozenset({"START", "YES", "UNSTOP"})
"""Words after which it does again."""

HELP = frozenset({"HELP", "INFO"})
"""Words that Twilio answers by itself."""

ALSO_MEANT = frozenset({"CANCEL", "END", "YES"})
"""Those of them that may be about an appointment, so that a person has to read them too."""

FINAL = {
    "delivered": TextStatus.DELIVERED,
    "undelivered": TextStatus.FAILED,
    "failed": TextStatus.FAILED,
}
"""Twilio's MessageStatus as ours; the others are steps on the way."""


async def sms(request: Request) -> Response:
    """A customer has written: a wish about texts is kept, and anything else is for the staff.

    There is no answer: Twilio answers STOP, START and HELP itself, and what two machines answer
    each other never ends.
    """
    form = await signed_form(request)
    board = switchboard(request)
    sid, phone = field(form, "MessageSid"), caller_phone(form.get("From", ""))
    with logger.contextualize(message_sid=sid):
        if phone is None:
            logger.warning("A text without a number of its sender is left alone")
        else:
            await _take(board, sid, phone, form)
    return Response(say_nothing(), media_type="text/xml")


TextId = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""As the database counts."""


async def sms_status(request: Request, text_id: TextId) -> Response:
    """What became of a text that we sent."""
    form = await signed_form(request)
    board = switchboard(request)
    sid, status = field(form, "MessageSid"), field(form, "MessageStatus")
    code, error = str(form.get("ErrorCode", "")), ""
    if FINAL.get(status) is TextStatus.FAILED:
        error = f"Twilio reports {status}: error {code or 'unknown'}"
        with logger.contextualize(text=text_id, message_sid=sid):
            logger.error("Text did not arrive: {}", error)
    await board.outbox.reported(text_id, sid, FINAL.get(status), error)
    phone = caller_phone(form.get("To", ""))
    if code == str(OPTED_OUT) and phone is not None:
        await board.outbox.opt_out(phone)
    return Response(say_nothing(), media_type="text/xml")


async def _take(board: Switchboard, sid: str, phone: str, form: Mapping[str, Any]) -> None:
    text = str(form.get("Body", "")).strip()
    word = text.upper()
    wish = str(form.get("OptOutType", "")).upper()
    if wish == "STOP" or word in STOP:
        logger.info("Caller {} wants no texts", masked(phone))
        await board.outbox.opt_out(phone)
    elif wish == "START" or word in START:
        logger.info("Caller {} wants texts", masked(phone))
        await board.outbox.opt_in(phone)
    for_machines = wish or word in STOP | START | HELP
    if text and (word in ALSO_MEANT or not for_machines):
        logger.info("Caller {} wrote to the staff", masked(phone))
        # Twilio's id stands for call and tool call, so that a repeat writes nothing twice.
        await board.desk.take_message(text, Actor("caller", phone, sid, sid))
