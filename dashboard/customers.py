"""Who comes to the spa: found, read up, written down, forgotten."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response, status
from loguru import logger
from starlette.responses import RedirectResponse

from booking.errors import BookingError
from booking.models import Actor, Appointment, Customer
from dashboard.access import check_csrf
from dashboard.office import Who, office, page, staff
from database import storable

router = APIRouter(dependencies=[Depends(staff)])

CustomerId = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""Of a customer; what no database has a place for is no id."""

A_PAGE = 50
LAST_PAGE = 10_000

FIELDS = {"name": 200, "loyalty": 50, "language": 8, "preferences": 2000, "notes": 2000}
"""What the staff may write down, and how many characters of it."""


@router.get("/customers")
async def customers(
    request: Request,
    who: Who,
    words: str = "",
    number: Annotated[int, Query(ge=0, le=LAST_PAGE)] = 0,
) -> Response:
    """Customers by name, or those whose name or number has some words in it."""
    first = number * A_PAGE
    found = await office(request).desk.customers(storable(words), first=first, most=A_PAGE + 1)
    return page(
        request,
        "customers",
        who=who,
        words=words,
        customers=found[:A_PAGE],
        number=number,
        more=len(found) > A_PAGE,
    )


@router.get("/customers/{customer_id}")
async def customer(request: Request, who: Who, customer_id: CustomerId) -> Response:
    """A customer, and all that they ever booked."""
    desk = office(request).desk
    found, appointments = await _known(request, customer_id)
    now = desk.now()
    return page(
        request,
        "customer",
        who=who,
        customer=found,
        fields=FIELDS,
        coming=[item for item in reversed(appointments) if item.starts_at > now],
        past=[item for item in appointments if item.starts_at <= now],
        treatment=desk.catalog.treatment_name,
    )


@router.post("/customers/{customer_id}")
async def save(request: Request, who: Who, customer_id: CustomerId) -> Response:
    """Write down what the staff know."""
    form = await request.form()
    check_csrf(request, form)
    details = {
        name: storable(str(form[name])).strip()[:longest]
        for name, longest in FIELDS.items()
        if name in form
    }
    try:
        await office(request).desk.edit_customer(customer_id, Actor.staff(who.name), **details)
    except BookingError as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, str(error)) from error
    return RedirectResponse(f"{request.scope['root_path']}/customers/{customer_id}", 303)


@router.get("/customers/{customer_id}/forget")
async def ask(request: Request, who: Who, customer_id: CustomerId) -> Response:
    """Ask before what cannot be undone."""
    found, appointments = await _known(request, customer_id)
    return page(request, "forget", who=who, customer=found, count=len(appointments))


@router.post("/customers/{customer_id}/forget")
async def forget(request: Request, who: Who, customer_id: CustomerId) -> Response:
    """Forget a customer for good."""
    check_csrf(request, await request.form())
    found, _ = await _known(request, customer_id)
    left = await office(request).forget(found)
    await office(request).desk.note_forgotten(customer_id, Actor.staff(who.name))
    logger.info("Dashboard: customer {} is forgotten", customer_id)
    return page(request, "forgotten", who=who, left=left)


async def _known(request: Request, customer_id: int) -> tuple[Customer, tuple[Appointment, ...]]:
    known = await office(request).desk.customer(customer_id)
    if known is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such customer.")
    return known
