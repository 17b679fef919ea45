"""Where and when the tests of the desk happen: the sample spa, on a Monday morning."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from booking.catalog import Catalog, load_catalog
from booking.desk import BookingDesk, BookingRequest, WaitlistRequest
from booking.errors import BookingError
from booking.models import Actor
from booking.openings import local_moment

SPA_FILE = Path(__file__).parents[2] / "spa.toml"

ZONE = ZoneInfo("America/New_York")

MONDAY = date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)
SUNDAY = date(2026, 12, 6)

ADA = Actor("caller", "+12125550001", "CA-ada")
BEN = Actor("caller", "+12125550002", "CA-ben")
EVA = Actor.staff("Eva")


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> None:
        """Let time pass."""
        self.at += timedelta(**length)


def monday_morning() -> FrozenClock:
    """Ten o'clock at the spa."""
    return FrozenClock(datetime(2026, 11, 30, 10, tzinfo=ZONE))


def sample() -> Catalog:
    """The sample spa."""
    return load_catalog(SPA_FILE)


def moment(day: date, at: str) -> datetime:
    """A wall time of the spa."""
    found = local_moment(day, time.fromisoformat(at), ZONE)
    assert found is not None
    return found


def wished(
    treatment: str, at: str, day: date = TUESDAY, *, therapist: str | None = None, name: str = ""
) -> BookingRequest:
    """A request to the sample spa."""
    return BookingRequest(sample().treatment_named(treatment), moment(day, at), therapist, name)


def by(actor: Actor, tool_call_id: str) -> Actor:
    """An actor in one tool call."""
    return Actor(actor.who, actor.phone, actor.call_sid, tool_call_id)


def waiting(desk: BookingDesk, **changes: object) -> WaitlistRequest:
    """A wish for hot stones on Tuesday."""
    stones = desk.catalog.treatment_named("hot stones")
    values: dict[str, object] = {"treatment": stones, "first_day": TUESDAY, "last_day": TUESDAY}
    return WaitlistRequest(**(values | changes))  # pyright: ignore[reportArgumentType]


async def fill_tuesday(desk: BookingDesk) -> list[str]:
    """Hot stones all Tuesday long; the codes of the appointments."""
    codes: list[str] = []
    for at in ("10:30", "12:30", "14:30", "16:00"):
        try:
            codes.append((await desk.book(wished("hot stones", at), EVA)).code)
        except BookingError:
            continue
    return codes
