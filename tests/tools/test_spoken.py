from datetime import date, datetime

import pytest

from tools.spoken import say_date, say_list, say_moment, say_time

TODAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("day", "spoken"),
    [
        (date(2026, 3, 3), "today, Tuesday, March 3"),
        (date(2026, 3, 4), "tomorrow, Wednesday, March 4"),
        (date(2026, 3, 10), "Tuesday, March 10"),
        (date(2027, 1, 2), "Saturday, January 2, 2027"),
    ],
)
def test_a_day_is_said_with_its_weekday(day: date, spoken: str) -> None:
    assert say_date(day, TODAY) == spoken


@pytest.mark.parametrize(
    ("hour", "minute", "spoken"),
    [(14, 0, "2 PM"), (14, 30, "2:30 PM"), (9, 5, "9:05 AM"), (12, 0, "12 PM"), (0, 0, "12 AM")],
)
def test_a_time_is_said_in_twelve_hours(hour: int, minute: int, spoken: str) -> None:
    assert say_time(datetime(2026, 3, 3, hour, minute)) == spoken


def test_a_moment_is_day_and_time() -> None:
    assert say_moment(datetime(2026, 3, 10, 14), TODAY) == "Tuesday, March 10 at 2 PM"


def test_a_list_ends_with_its_word() -> None:
    assert say_list(["a", "b", "c"]) == "a, b, or c"
    assert say_list(["a", "b"], word="standard") == "a and b"
