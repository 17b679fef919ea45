"""What calls and bookings come to, week by week."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from booking.figures import Booked
from calls.figures import Called
from calls.records import Outcome
from dashboard.charts import Chart, bar_chart
from dashboard.office import Who, office, page, staff

router = APIRouter(dependencies=[Depends(staff)])

WEEKS = 12
BUSY_WEEKS = 4
"""So far back it is looked for the busiest hours."""

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

HEAT = 4
"""How many shades an hour may have, besides none."""


@dataclass(frozen=True, slots=True)
class Week:
    """What a week came to.

    Attributes:
        monday: on which it began.
        called: the calls.
        booked: the bookings.
    """

    monday: date
    called: Called
    booked: Booked

    @property
    def cost_per_booked(self) -> float | None:
        """US dollars of the models for each appointment that the agent booked; None for none."""
        return self.called.cost_usd / self.booked.by_phone if self.booked.by_phone else None


@router.get("/overview")
async def overview(request: Request, who: Who) -> Response:
    """The last weeks, the newest last, and the busiest hours."""
    its = office(request)
    spa, today = its.desk.catalog.spa, its.desk.today()
    zone, currency = spa.zone, spa.currency
    mondays = _mondays(today)
    bounds = [_midnight(monday, zone) for monday in (*mondays, mondays[-1] + timedelta(days=7))]
    called = await its.figures.called(bounds)
    booked = await its.desk.booked(bounds)
    weeks = [Week(*facts) for facts in zip(mondays, called, booked, strict=True)]
    busiest = await its.figures.busiest(
        _midnight(today - timedelta(weeks=BUSY_WEEKS), zone), bounds[-1], zone
    )
    most, hours = max(busiest.values(), default=0), _hours_with_calls(busiest)
    return page(
        request,
        "overview",
        who=who,
        weeks=weeks,
        charts=_charts(weeks, currency),
        currency=currency,
        busy_weeks=BUSY_WEEKS,
        hours=hours,
        busiest=[
            (name, [(busiest[day, hour], _shade(busiest[day, hour], most)) for hour in hours])
            for day, name in enumerate(DAY_NAMES)
        ],
        outcome=Outcome,
    )


def _shade(count: int, most: int) -> int:
    """From 0 for nothing to `HEAT` for the most."""
    return -(-count * HEAT // most) if most else 0


def _mondays(today: date) -> list[date]:
    this = today - timedelta(days=today.weekday())
    return [this - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _hours_with_calls(busiest: Iterable[tuple[int, int]]) -> range:
    hours = [hour for _, hour in busiest]
    return range(min(hours, default=9), max(hours, default=17) + 1)


def _charts(weeks: list[Week], currency: str) -> dict[str, tuple[Chart, list[str]]]:
    """The charts by their headings, with the names of what they show."""
    shown: dict[str, dict[str, list[float | None]]] = {
        "Calls": {
            "answered": [week.called.answered for week in weeks],
            "booked": [week.booked.calls for week in weeks],
            "transferred": [week.called.outcomes[Outcome.TRANSFERRED] for week in weeks],
            "missed": [week.called.outcomes[Outcome.MISSED] for week in weeks],
        },
        "Bookings": {
            "all": [week.booked.appointments for week in weeks],
            "by phone": [week.booked.by_phone for week in weeks],
        },
        f"Revenue booked, {currency}": {
            "revenue": [week.booked.revenue_cents / 100 for week in weeks]
        },
        "Wait for an answer, ms": {
            "half within": [week.called.latency_ms(0.5) for week in weeks],
            "95 % within": [week.called.latency_ms(0.95) for week in weeks],
        },
        "Cost for each booked appointment, USD": {
            "cost": [
                None if week.cost_per_booked is None else round(week.cost_per_booked, 2)
                for week in weeks
            ],
        },
    }
    labels = [f"{week.monday:%b} {week.monday.day}" for week in weeks]
    return {name: (bar_chart(labels, series), list(series)) for name, series in shown.items()}
