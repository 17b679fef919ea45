"""What the agent believes: spa.toml as it was read, and what a caller would hear."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from booking.catalog import Catalog
from booking.spa import DAYS, Hours
from dashboard.office import Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

LONGEST = 200
"""Characters of what somebody asks."""


@router.get("/settings")
async def settings(
    request: Request,
    who: Who,
    service: str = "",
    day: str = "",
    at: str = "",
    therapist: str = "",
    part_of_day: str = "",
) -> Response:
    """The spa as the agent knows it; with a treatment also what it would say."""
    its = office(request)
    asked = {
        "service": service[:LONGEST],
        "day": day[:LONGEST] or its.desk.today().isoformat(),
        "at": at[:LONGEST],
        "therapist": therapist[:LONGEST],
        "part_of_day": part_of_day[:LONGEST],
    }
    heard: dict[str, Any] | None = None
    if asked["service"].strip():
        heard = await its.hear(*asked.values())
    return page(
        request,
        "settings",
        who=who,
        asked=asked,
        heard=heard,
        catalog=its.desk.catalog,
        days=DAYS,
        unusual=_unusual_days(its.desk.catalog, its.desk.today()),
        instructions=its.instructions,
    )


def _unusual_days(catalog: Catalog, today: date) -> list[tuple[date, str, Hours]]:
    """The days that can be booked and are not like the week says: day, holiday, hours."""
    days = (today + timedelta(days=ahead) for ahead in range(catalog.policies.days_ahead + 1))
    return [
        (day, catalog.holiday(day), catalog.opening_hours(day))
        for day in days
        if catalog.opening_hours(day) != catalog.hours.get(DAYS[day.weekday()], ())
    ]
