"""The page and what it asks: to call, what is being said, and what comes after."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, status
from loguru import logger
from pydantic_core import to_jsonable_python
from starlette.responses import HTMLResponse
from starlette.templating import Jinja2Templates

import dashboard
from booking.phones import UnclearNumber, read_number
from browser_phone.after import Next, what_comes_next
from browser_phone.booth import booth, own_origin
from calls.records import Outcome
from dashboard.access import Staff, check_csrf
from dashboard.app import PATH as DASHBOARD_PATH
from dashboard.office import staff
from database import DATABASE_ERRORS
from telephony.browser_calls import is_browser_call, new_browser_call
from telephony.caller_id import masked
from webhooks.admission import RingingCall, admit
from webhooks.ending import stream_over

router = APIRouter(dependencies=[Depends(staff)])

Who = Annotated[Staff, Depends(staff)]

DIALLED = "browser phone"
"""The number that was called, in the records."""

NO_ACCOUNT = "AC" + "0" * 32
"""Of a stream, where Twilio's account is not known."""

MICROPHONE = {"Permissions-Policy": "camera=(), microphone=(self), geolocation=()"}
"""On this page alone."""

FOLDERS = [Path(__file__).parent, *(Path(folder) for folder in dashboard.__path__)]
"""Our own pages stand in the dashboard's frame."""

TEMPLATES = Jinja2Templates([folder / "templates" for folder in FOLDERS])


@router.get("/")
async def phone(request: Request, who: Who) -> HTMLResponse:
    """The phone."""
    spa = booth(request).board.catalog.spa
    context = {
        "spa": spa,
        "who": who,
        "root": DASHBOARD_PATH,
        "phone": request.scope["root_path"],
        "here": "Phone",
    }
    return TEMPLATES.TemplateResponse(request, "phone.html", context, headers=MICROPHONE)


@router.post("/calls")
async def call(request: Request) -> dict[str, Any]:
    """Ring in, as the voice webhook does for a telephone; gives the stream to open."""
    form = await request.form()
    check_csrf(request, form)
    origin, board = own_origin(request), booth(request).board
    try:
        typed = str(form.get("from", "")).strip()
        # Without a number it is withheld.
        caller = read_number(typed, board.catalog.spa.country) if typed else None
    except UnclearNumber as error:
        raise HTTPException(
            status.HTTP_422_UNPROCESSABLE_CONTENT, "No telephone has that number."
        ) from error
    call_sid = new_browser_call()
    with logger.contextualize(call_sid=call_sid):
        logger.info("Browser phone rings, caller {}", masked(caller))
        try:
            refused = await admit(board, RingingCall(call_sid, caller, DIALLED))
        except DATABASE_ERRORS as error:
            logger.exception("Call cannot be noted")
            raise HTTPException(
                status.HTTP_503_SERVICE_UNAVAILABLE, "The database does not answer."
            ) from error
    if refused is not None:
        return {"refused": refused, "next": what_comes_next(board, Outcome.REFUSED)}
    parameters = {"customerPhone": caller or "", "callSid": call_sid}
    return {
        "call_sid": call_sid,
        "account_sid": board.account_sid or NO_ACCOUNT,
        "stream_path": f"/media-stream/{board.tokens.issue(call_sid, caller or '', origin=origin)}",
        "parameters": parameters | {"from_number": caller or "", "to_number": DIALLED},
    }


@router.post("/calls/{call_sid}/after")
async def after(request: Request, call_sid: str) -> Next:
    """The stream is over and the caller is still there; gives what a telephone would do."""
    check_csrf(request, await request.form())
    board = booth(request).board
    outcome = await stream_over(board, _browser_call(call_sid))
    board.lines.free(call_sid)
    return what_comes_next(board, outcome)


@router.post("/calls/{call_sid}/over")
async def over(request: Request, call_sid: str) -> dict[str, str]:
    """The caller has hung up, perhaps before anybody answered."""
    check_csrf(request, await request.form())
    board = booth(request).board
    board.lines.free(_browser_call(call_sid))
    await board.records.over(call_sid)
    return {}


@router.get("/calls/{call_sid}")
async def happened(request: Request, call_sid: str) -> dict[str, Any]:
    """What has been said and done until now, as the call's journal has it, and what it texts."""
    its = booth(request)
    receipt = await its.receipts.of(_browser_call(call_sid))
    if receipt is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such call.")
    texts = await its.outbox.of_call(call_sid)
    return {
        "outcome": receipt.outcome,
        "reason": receipt.reason,
        "turns": to_jsonable_python(receipt.turns),
        "tools": to_jsonable_python(receipt.tools),
        "texts": [{"kind": text.kind, "body": its.words(text)} for text in texts],
    }


def _browser_call(call_sid: str) -> str:
    if not is_browser_call(call_sid):
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such call.")
    return call_sid
