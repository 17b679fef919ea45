"""What waits for the staff."""

from fastapi import APIRouter, Depends, Request, Response

from dashboard.office import Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])


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
