from datetime import UTC, date, datetime, time

import pytest

from booking.catalog import load_catalog
from booking.models import Block, Interval, ResourceKind
from dashboard.calendar import away_events, block_event, gaps, shown_hours
from tests.e2e.product import SPA_FILE

CATALOG = load_catalog(SPA_FILE)
TUESDAY, SUNDAY = date(2026, 12, 1), date(2026, 12, 6)


def hours(first: int, last: int) -> Interval:
    return Interval(
        datetime(2026, 12, 1, first, tzinfo=UTC), datetime(2026, 12, 1, last, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("stretches", "left"),
    [
        ([], [hours(8, 20)]),
        ([hours(9, 12), hours(13, 17)], [hours(8, 9), hours(12, 13), hours(17, 20)]),
        ([hours(8, 20)], []),
        ([hours(6, 9), hours(18, 22)], [hours(9, 18)]),
        ([hours(5, 6), hours(21, 22)], [hours(8, 20)]),
    ],
)
def test_gaps_are_what_no_stretch_covers(stretches: list[Interval], left: list[Interval]) -> None:
    assert list(gaps(stretches, hours(8, 20))) == left


def test_therapists_are_away_between_their_shifts() -> None:
    away = [
        (event["start"], event["end"])
        for event in away_events(CATALOG, TUESDAY)
        if event["resourceIds"] == ["Luca Romano"]
    ]
    assert away == [
        ("2026-12-01T00:00:00", "2026-12-01T11:00:00"),
        ("2026-12-01T15:00:00", "2026-12-01T15:30:00"),
        ("2026-12-01T19:00:00", "2026-12-02T00:00:00"),
    ]


def test_the_hours_that_are_shown_are_those_of_the_house() -> None:
    assert shown_hours(CATALOG, TUESDAY, TUESDAY) == (9, 19)
    assert shown_hours(CATALOG, date(2026, 11, 30), SUNDAY) == (9, 20)
    assert shown_hours(CATALOG, SUNDAY, SUNDAY) == (9, 17)
    half_past = {"tuesday": ((time(9, 30), time(17, 30)),), "sunday": ((time(0), time(0)),)}
    catalog = CATALOG.model_copy(update={"hours": half_past})
    assert shown_hours(catalog, TUESDAY, TUESDAY) == (9, 18)
    assert shown_hours(catalog, SUNDAY, SUNDAY) == (0, 24)


def test_a_blocked_room_stands_in_no_therapists_column() -> None:
    whole = hours(8, 20)
    room = Block(1, ResourceKind.ROOM, "Birch", whole.starts_at, whole.ends_at, "")
    person = Block(2, ResourceKind.THERAPIST, "Maya Chen", whole.starts_at, whole.ends_at, "ill")
    assert block_event(room, "/dashboard")["resourceIds"] == []
    assert block_event(person, "/dashboard")["resourceIds"] == ["Maya Chen"]
