"""The phone call's webhooks: it rings, its stream is over, the desk did not answer, it is over.

Whatever the database or the agent did, the answer is TwiML that leaves nobody in silence.
"""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from loguru import logger

from calls.records import Outcome, Voicemail
from database import DATABASE_ERRORS
from telephony.caller_id import caller_phone, masked
from telephony.twiml import (
    LONGEST_MESSAGE_SECS,
    FrontDesk,
    connect_stream,
    dial,
    hang_up,
    say_nothing,
    take_voicemail,
)
from webhooks.admission import RingingCall, admit
from webhooks.ending import stream_over
from webhooks.signed import field, signed_form
from webhooks.switchboard import Switchboard, switchboard

ANSWERED = ("completed", "answered")
"""A DialCallStatus of somebody who was talked to."""

DECIMAL = re.compile("[0-9]{1,6}")
"""Seconds, as Twilio writes them."""


async def voice(request: Request) -> Response:
    """The phone rings: TwiML that connects the call to a media stream, or else to a person."""
    form = await signed_form(request)
    board = switchboard(request)
    call_sid, from_, to = field(form, "CallSid"), form.get("From", ""), form.get("To", "")
    phone = caller_phone(from_)
    with logger.contextualize(call_sid=call_sid):
        logger.info("Phone rings, caller {}", masked(phone))
        call = RingingCall(call_sid, phone, to, form.get("StirVerstat") or None)
        try:
            refused = await admit(board, call)
        except DATABASE_ERRORS:
            logger.exception("Call cannot be noted, so a person takes it")
            return _twiml(_person(board, form, board.catalog.spa.desk_sentence))
        if refused is not None:
            return _twiml(_person(board, form, board.catalog.spa.busy_sentence))
    return _twiml(
        connect_stream(
            f"{board.stream_origin}/media-stream/{board.tokens.issue(call_sid, phone or '')}",
            f"{board.public_url}/voice/after",
            {"customerPhone": from_, "callSid": call_sid, "from_number": from_, "to_number": to},
        )
    )


async def after(request: Request) -> Response:
    """The stream is over and the caller is still there: a person, unless all was said."""
    form = await signed_form(request)
    board = switchboard(request)
    call_sid = field(form, "CallSid")
    outcome = await stream_over(board, call_sid)
    handed_over = outcome is Outcome.TRANSFERRED
    wanted = handed_over and await _is_wanted(board, call_sid)
    board.lines.free(call_sid)
    if outcome is Outcome.COMPLETED:
        return _twiml(hang_up())
    # Whom the agent handed over has heard why; the others have heard nothing.
    sentence = "" if handed_over else board.catalog.spa.desk_sentence
    return _twiml(_person(board, form, sentence, wanted=wanted))


async def voicemail(request: Request) -> Response:
    """The desk has hung up or not answered, or the caller has left a message."""
    form = await signed_form(request)
    board = switchboard(request)
    call_sid, answer = field(form, "CallSid"), form.get("DialCallStatus", "")
    with logger.contextualize(call_sid=call_sid):
        if not answer and "RecordingUrl" in form:
            await _keep(board, call_sid, form)
            board.lines.free(call_sid)
            return _twiml(hang_up())
        logger.info("Front desk was rung: {}", answer or "not")
        await board.records.desk_rang(call_sid, answer)
    board.lines.free(call_sid)
    return _twiml(hang_up() if answer in ANSWERED else _voicemail(board, call_sid))


async def call_status(request: Request) -> Response:
    """Twilio tells that a call is over, or that a recording can be fetched."""
    form = await signed_form(request)
    board = switchboard(request)
    call_sid = field(form, "CallSid")
    with logger.contextualize(call_sid=call_sid):
        # That a call is over comes with a recording, too, if somebody has recorded it.
        if "RecordingStatus" in form:
            await _keep(board, call_sid, form)
        elif form.get("CallStatus") != "in-progress":
            board.lines.free(call_sid)
            await board.records.over(call_sid)
    return _twiml(say_nothing())


async def _keep(board: Switchboard, call_sid: str, form: Mapping[str, Any]) -> None:
    """Note a message that the caller has left; it stays at Twilio."""
    secs, url = str(form.get("RecordingDuration", "")), str(form.get("RecordingUrl", ""))
    # After `<Record>` the id is not promised; the URL ends in it.
    told = {"RecordingSid": url.rpartition("/")[2], **form}
    voicemail = Voicemail(
        sid=field(told, "RecordingSid"),
        url=url,
        secs=int(secs) if DECIMAL.fullmatch(secs) else 0,
    )
    logger.info("Caller left a message of {} s", voicemail.secs)
    await board.records.keep_voicemail(call_sid, voicemail)


async def _is_wanted(board: Switchboard, call_sid: str) -> bool:
    """Whether somebody at the desk took the call, and so is there whatever the hours say."""
    try:
        return await board.records.is_wanted(call_sid)
    except DATABASE_ERRORS:
        logger.exception("Who wants the call cannot be read, so the hours decide")
        return False


def _person(
    board: Switchboard, form: Mapping[str, Any], sentence: str, *, wanted: bool = False
) -> str:
    """The front desk when somebody is there, voicemail when not."""
    spa, call_sid = board.catalog.spa, field(form, "CallSid")
    if not wanted and not board.catalog.is_open(board.now()):
        return _voicemail(board, call_sid)
    board.lines.expect(call_sid, board.desk_ring_secs)
    caller_id = caller_phone(form.get("From", "")) or caller_phone(form.get("To", ""))
    desk = FrontDesk(
        spa.front_desk_number,
        board.desk_ring_secs,
        f"{board.public_url}/voice/voicemail",
        caller_id,
    )
    return dial(desk, sentence)


def _voicemail(board: Switchboard, call_sid: str) -> str:
    board.lines.expect(call_sid, LONGEST_MESSAGE_SECS)
    return take_voicemail(
        board.catalog.spa.voicemail_prompt,
        f"{board.public_url}/voice/voicemail",
        f"{board.public_url}/voice/status",
    )


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")
