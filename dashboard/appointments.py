"""An appointment: what was done to it, and doing it. The rules and the audit are the desk's."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response, status

from booking.desk import BookingRequest, Change
from booking.errors import BookingError
from booking.models import Appointment, CalendarEntry
from dashboard.forms import REFUSALS, Misfilled, Sent, actor, done
from dashboard.office import Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

Typed = Annotated[str, Query(max_length=200)]


@router.get("/appointments/new")
async def new(request: Request, who: Who, starts_at: Typed = "", therapist: Typed = "") -> Response:
    """A form for an appointment, with the time and the therapist that were clicked on."""
    given = {"starts_at": starts_at, "therapist": therapist}
    return _empty(request, who, "new_appointment", given)


@router.post("/appointments")
async def book(request: Request, who: Who, form: Sent) -> Response:
    """Book what a form says."""
    try:
        treatment = form.treatment()
        wanted = BookingRequest(
            treatment,
            form.moment("starts_at"),
            name=form.words("name"),
            team=form.team(treatment),
            phone=form.phone(),
            note=form.words("note"),
        )
        if not (wanted.name or wanted.phone):
            raise Misfilled("Please say who comes: a name, a number, or both.")
        booked = await office(request).desk.book(wanted, actor(who))
    except REFUSALS as error:
        return _empty(request, who, "new_appointment", form.fields, error)
    return _made(request, booked)


@router.get("/walk-ins/new")
async def new_walk_in(request: Request, who: Who) -> Response:
    """A form for somebody who stands at the desk."""
    return _empty(request, who, "walk_in", {})


@router.post("/walk-ins")
async def walk_in(request: Request, who: Who, form: Sent) -> Response:
    """Book the next opening for somebody who stands at the desk."""
    try:
        treatment = form.treatment()
        booked = await office(request).desk.walk_in(
            treatment,
            actor(who),
            therapist=next(iter(form.team(treatment)), None),
            name=form.words("name"),
            phone=form.phone(),
        )
    except REFUSALS as error:
        return _empty(request, who, "walk_in", form.fields, error)
    return _made(request, booked)


@router.get("/appointments/{code}")
async def appointment(request: Request, who: Who, code: str) -> Response:
    """An appointment, and everything that was done to it."""
    return await _shown(request, who, await _entry(request, code))


@router.post("/appointments/{code}/move")
async def move(request: Request, who: Who, code: str, form: Sent) -> Response:
    """Move an appointment to another time, to other therapists, or both."""
    entry = await _entry(request, code)
    desk = office(request).desk
    try:
        team = form.team(desk.catalog.treatment(entry.appointment.treatment))
        change = Change(form.moment("starts_at"), team=team)
        moved = await desk.reschedule(change, actor(who), code, form.words("reason"))
    except REFUSALS as error:
        return await _shown(request, who, entry, error, form.fields)
    return done(request, f"/appointments/{code}", f"Moved: {_told(request, moved)}")


@router.post("/appointments/{code}/cancel")
async def cancel(request: Request, who: Who, code: str, form: Sent) -> Response:
    """Cancel an appointment."""
    entry = await _entry(request, code)
    try:
        gone = await office(request).desk.cancel(actor(who), code, form.words("reason"))
    except BookingError as error:
        return await _shown(request, who, entry, error)
    return done(request, f"/appointments/{code}", f"Cancelled: {_told(request, gone)}")


async def _entry(request: Request, code: str) -> CalendarEntry:
    entry = await office(request).desk.calendar_entry(code)
    if entry is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such appointment.")
    return entry


async def _shown(
    request: Request,
    who: Who,
    entry: CalendarEntry,
    problem: Exception | None = None,
    given: object = None,
) -> Response:
    """An appointment; a move that was refused keeps what was filled in."""
    desk = office(request).desk
    return page(
        request,
        "appointment",
        409 if problem else 200,
        who=who,
        entry=entry,
        trail=await desk.trail(entry.appointment.code),
        catalog=desk.catalog,
        treatment=desk.catalog.treatment_name,
        is_coming=entry.appointment.starts_at > desk.now(),
        problem=problem,
        given=given or {},
    )


def _empty(
    request: Request,
    who: Who,
    template: str,
    given: object,
    problem: Exception | None = None,
) -> Response:
    """A form for somebody new; one that was refused keeps what was filled in."""
    catalog = office(request).desk.catalog
    code = 409 if problem else 200
    return page(request, template, code, who=who, given=given, catalog=catalog, problem=problem)


def _made(request: Request, booked: Appointment) -> Response:
    return done(request, f"/appointments/{booked.code}", f"Booked: {_told(request, booked)}")


def _told(request: Request, appointment: Appointment) -> str:
    treatment = office(request).desk.catalog.treatment_name(appointment.treatment)
    people = " and ".join(appointment.therapists)
    return f"{treatment}, {appointment.starts_at:%A %H:%M}, {people}, {appointment.room}."
