"""Who is on the line now, and taking a call from the agent."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from loguru import logger
from starlette.responses import RedirectResponse

from dashboard.access import Staff, check_csrf
from dashboard.office import fragment, office, page, staff
from dashboard.timeline import happened

router = APIRouter(prefix="/live", dependencies=[Depends(staff)])

Who = Annotated[Staff, Depends(staff)]


@router.get("")
async def live(request: Request, who: Who) -> Response:
    """The calls that go on; the page follows them by itself."""
    return page(request, "live", who=who, **await _facts(request, who))


@router.get("/events")
async def events(request: Request, who: Who) -> Response:
    """The same as it changes, for the page."""
    watchers = office(request).watchers
    if watchers.is_full:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "Too many watch already. Try again later."
        )

    async def render() -> str:
        shown = fragment(request, "live", who=who, **await _facts(request, who))
        return bytes(shown.body).decode()

    return watchers.follow("calls", render)


@router.post("/{call_sid}/take")
async def take(request: Request, who: Who, call_sid: str) -> Response:
    """Have the agent connect a call to the front desk, as when the caller asks for a person."""
    check_csrf(request, await request.form())
    if not await office(request).live.ask(call_sid, who.name):
        raise HTTPException(
            status.HTTP_409_CONFLICT, "That call is over, or somebody else has taken it."
        )
    logger.info("Dashboard: somebody takes call {}", call_sid)
    return RedirectResponse(f"{request.scope['root_path']}/live", status.HTTP_303_SEE_OTHER)


async def _facts(request: Request, who: Staff) -> dict[str, Any]:
    its = office(request)
    calls = await its.receipts.going_on(datetime.now(UTC) - its.longest_call)
    names: dict[str, str] = {}
    for call in calls:
        customer = await its.desk.customer_by_phone(call.caller)
        names[call.call_sid] = customer.name if customer else ""
    return {
        "calls": [(call, happened(call), names[call.call_sid]) for call in calls],
        "csrf": who.csrf,
        "zone": its.desk.catalog.spa.zone,
    }
