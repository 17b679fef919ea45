"""The pages: a day, an appointment, calls, and what waits for the staff."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from starlette.responses import RedirectResponse

from booking.errors import BookingError
from booking.models import Actor
from dashboard.access import Staff, check_csrf
from dashboard.office import office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

Who = Annotated[Staff, Depends(staff)]

LONGEST_REASON = 200


@router.get("/")
async def today(request: Request, who: Who, day: date | None = None) -> Response:
    """A day, therapist by therapist."""
    desk = office(request).desk
    shown = day or desk.today()
    agenda = await desk.agenda(shown)
    columns = [
        (person.name, [entry for entry in agenda if person.name in entry[0].therapists])
        for person in desk.catalog.therapists
    ]
    return page(
        request,
        "day",
        who=who,
        day=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        columns=columns,
        treatment=desk.catalog.treatment_name,
    )


@router.get("/appointments/{code}")
async def appointment(request: Request, who: Who, code: str, problem: str = "") -> Response:
    """An appointment, and everything that was done to it."""
    desk = office(request).desk
    entry = await desk.calendar_entry(code)
    if entry is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such appointment.")
    return page(
        request,
        "appointment",
        409 if problem else 200,
        who=who,
        entry=entry,
        trail=await desk.trail(code),
        treatment=desk.catalog.treatment_name,
        problem=problem,
    )


@router.post("/appointments/{code}/cancel")
async def cancel(request: Request, who: Who, code: str) -> Response:
    """Cancel an appointment, by the same rules and with the same audit as on the phone."""
    form = await request.form()
    check_csrf(request, form)
    reason = str(form.get("reason", "")).strip()[:LONGEST_REASON]
    try:
        await office(request).desk.cancel(Actor.staff(who.name), code, reason)
    except BookingError as error:
        return await appointment(request, who, code, problem=str(error))
    return RedirectResponse(f"{request.scope['root_path']}/appointments/{code}", 303)


@router.get("/messages")
async def messages(request: Request, who: Who) -> Response:
    """What callers want the staff to know, and the texts that customers were sent."""
    its = office(request)
    return page(
        request,
        "messages",
        who=who,
        messages=await its.desk.messages(),
        texts=await its.outbox.latest(),
        zone=its.desk.catalog.spa.zone,
    )
