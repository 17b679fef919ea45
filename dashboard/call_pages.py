"""The pages of calls: which there were, and everything about one."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response, status

from calls.receipts import Receipt
from calls.records import Outcome
from calls.search import CallSearch
from calls.shelf import NoRecording
from calls.wav import HEAD_BYTES
from calls.waveform import loudness
from dashboard.office import Who, fragment, office, page, staff
from dashboard.sound import sound
from dashboard.timeline import WIDTH, clock, happened, strokes, timeline
from telephony.errors import NotThere, TextError

router = APIRouter(prefix="/calls", dependencies=[Depends(staff)])

Asked = Annotated[str, Query(max_length=100)]

CALLS_A_PAGE = 50

PARTS = 500
"""Strokes of a waveform, of two units each."""

ENDINGS = {
    Outcome.RINGING: "rings",
    Outcome.TALKING: "goes on",
    Outcome.COMPLETED: "all was said, or the caller hung up",
    Outcome.TRANSFERRED: "handed over to a person",
    Outcome.MISSED: "the caller hung up before anybody answered",
    Outcome.REFUSED: "not let in, so a person or voicemail",
    Outcome.FAILED: "went wrong, so a person or voicemail",
}
"""How a call ended, for people."""


@router.get("")
async def calls(
    request: Request,
    who: Who,
    before: datetime | None = None,
    caller: Asked = "",
    words: Asked = "",
    outcome: Asked = "",
) -> Response:
    """The latest calls, or older ones, of everybody or as they are looked for."""
    moment = before.replace(tzinfo=before.tzinfo or UTC) if before else None
    # A browser writes the plus of a number as a space when it stands in an address.
    search = CallSearch("".join(caller.split()), words.strip(), outcome, moment)
    found = await office(request).receipts.latest(CALLS_A_PAGE, search)
    older = found[-1].rang_at if len(found) == CALLS_A_PAGE else None
    zone = office(request).desk.catalog.spa.zone
    asked = {"caller": caller, "words": words, "outcome": outcome}
    return page(
        request, "calls", who=who, calls=found, older=older, asked=asked, endings=ENDINGS, zone=zone
    )


@router.get("/{call_sid}")
async def call(request: Request, who: Who, call_sid: str) -> Response:
    """What happened in a call."""
    receipt = await _receipt(request, call_sid)
    return page(
        request,
        "call",
        who=who,
        call=receipt,
        ending=ENDINGS[Outcome(receipt.outcome)],
        happened=happened(receipt),
        picture=timeline(receipt, datetime.now(UTC)),
        width=WIDTH,
        clock=clock,
        zone=office(request).desk.catalog.spa.zone,
    )


@router.get("/{call_sid}/recording.wav")
async def recording(request: Request, call_sid: str) -> Response:
    """The recording for a player, of a call that goes on as far as it has come."""
    shelf = office(request).shelf
    await _recorded(request, call_sid)
    try:
        size = await asyncio.to_thread(shelf.size, call_sid)
    except NoRecording as error:
        raise HTTPException(
            status.HTTP_404_NOT_FOUND, "The recording is not on this machine."
        ) from error
    return sound(request, size, partial(shelf.read, call_sid))


@router.get("/{call_sid}/waveform")
async def waveform(request: Request, call_sid: str) -> Response:
    """How loud both sides were, as a picture to be put into the page."""
    await _recorded(request, call_sid)
    try:
        drawn = await asyncio.to_thread(_draw, partial(office(request).shelf.read, call_sid))
    except NoRecording:
        drawn = None
    return fragment(request, "waveform", drawn=drawn, width=WIDTH)


@router.get("/{call_sid}/voicemail.wav")
async def voicemail(request: Request, call_sid: str) -> Response:
    """What the caller left after the tone, from where Twilio keeps it."""
    receipt, voicemails = await _receipt(request, call_sid), office(request).voicemails
    if receipt.voicemail_sid is None or voicemails is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such message.")
    try:
        wav = await voicemails.fetch(receipt.voicemail_sid)
    except NotThere as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Twilio has deleted it.") from error
    except TextError as error:
        raise HTTPException(
            status.HTTP_502_BAD_GATEWAY, "Twilio does not give it now. Try again."
        ) from error
    return sound(request, len(wav), lambda begin, end: wav[begin:end])


async def _receipt(request: Request, call_sid: str) -> Receipt:
    receipt = await office(request).receipts.of(call_sid)
    if receipt is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such call.")
    return receipt


async def _recorded(request: Request, call_sid: str) -> None:
    if not (await _receipt(request, call_sid)).recorded:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "The call was not recorded.")


def _draw(read: partial[bytes]) -> tuple[str, str]:
    """The outlines of the caller's and of the agent's side."""
    left, right = loudness(read()[HEAD_BYTES:], PARTS)
    return strokes(left, 50, 48), strokes(right, 150, 48)
