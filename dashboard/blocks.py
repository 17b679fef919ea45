"""Time off the book: a therapist is ill, a room is painted."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response, status

from booking.errors import BookingError, NotFound
from booking.models import Block, ResourceKind
from dashboard.forms import REFUSALS, Form, Misfilled, Sent, actor, done
from dashboard.office import Office, Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

BlockId = Annotated[int, Path(ge=1, le=2**31 - 1)]

LONGEST_BLOCK = timedelta(days=366)


@router.get("/blocks/new")
async def new(request: Request, who: Who) -> Response:
    """A form for a block."""
    return _empty(request, who, {})


@router.post("/blocks")
async def block(request: Request, who: Who, form: Sent) -> Response:
    """Take a therapist or a room off the book; appointments that are there stay."""
    try:
        made = await _block(office(request), who, form)
    except REFUSALS as error:
        return _empty(request, who, form.fields, error)
    return done(request, f"/?day={made.starts_at.date()}", f"Blocked: {_told(made)}")


@router.get("/blocks/{block_id}")
async def shown(request: Request, who: Who, block_id: BlockId) -> Response:
    """A block."""
    return page(request, "block", who=who, block=await _found(request, block_id))


@router.post("/blocks/{block_id}/lift")
async def lift(request: Request, who: Who, block_id: BlockId, form: Sent) -> Response:
    """Put time back on the book."""
    lifted = await _found(request, block_id)
    try:
        await office(request).desk.unblock(block_id, actor(who), form.words("reason"))
    except BookingError as error:
        return page(request, "block", 409, who=who, block=lifted, problem=error)
    return done(request, f"/?day={lifted.starts_at.date()}", f"Free again: {_told(lifted)}")


async def _block(its: Office, who: Who, form: Form) -> Block:
    starts_at, ends_at = form.moment("starts_at"), form.moment("ends_at")
    if not timedelta() < ends_at - starts_at <= LONGEST_BLOCK:
        raise Misfilled("A block ends after it begins, and within a year.")
    kind, _, name = form.words("resource").partition(":")
    span = (starts_at, ends_at, actor(who), form.words("reason"))
    if kind == ResourceKind.ROOM and name in {room.name for room in its.desk.catalog.rooms}:
        return await its.desk.block_room(name, *span)
    if kind == ResourceKind.THERAPIST:
        return await its.desk.block_therapist(name, *span)
    raise Misfilled("Please choose a therapist or a room.")


async def _found(request: Request, block_id: int) -> Block:
    try:
        return await office(request).desk.find_block(block_id)
    except NotFound as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, str(error)) from error


def _empty(request: Request, who: Who, given: object, problem: Exception | None = None) -> Response:
    catalog = office(request).desk.catalog
    code = 409 if problem else 200
    return page(request, "new_block", code, who=who, given=given, catalog=catalog, problem=problem)


def _told(block: Block) -> str:
    return f"{block.resource}, {block.starts_at:%A %H:%M} to {block.ends_at:%A %H:%M}."
