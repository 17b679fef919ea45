from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.days import UnclearDay, resolve_day

TUESDAY = date(2026, 11, 24)
DAYS = st.dates(date(2026, 1, 1), date(2031, 12, 31))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        (" 2020-01-01 ", "2020-01-01"),
        ("today", "2026-11-24"),
        ("Tonight!", "2026-11-24"),
        ("tomorrow", "2026-11-25"),
        ("tomorrow morning", "2026-11-25"),
        ("the day after tomorrow", "2026-11-26"),
        ("in 3 days", "2026-11-27"),
        ("in a week", "2026-12-01"),
        ("in two weeks", "2026-12-08"),
        ("a week from today", "2026-12-01"),
        ("Tuesday", "2026-11-24"),
        ("this Friday", "2026-11-27"),
        ("on Friday, please", "2026-11-27"),
        ("fri", "2026-11-27"),
        ("monday", "2026-11-30"),
        ("next Tuesday", "2026-12-01"),
        ("next Friday", "2026-12-04"),
        ("Friday next week", "2026-12-04"),
        ("a week on Friday", "2026-12-04"),
        ("a week from friday", "2026-12-04"),
        ("December 1", "2026-12-01"),
        ("dec 1st", "2026-12-01"),
        ("1 December 2027", "2027-12-01"),
        ("the first of December", "2026-12-01"),
        ("Tuesday, December 1", "2026-12-01"),
        ("Tuesday the first", "2026-12-01"),
        ("november 23", "2027-11-23"),
        ("12/1", "2026-12-01"),
        ("12/1/2026", "2026-12-01"),
        ("the 3rd", "2026-12-03"),
        ("the 24th", "2026-11-24"),
        ("the 31st", "2026-12-31"),
        ("February 29", "2028-02-29"),
        ("hoy", "2026-11-24"),
        ("mañana", "2026-11-25"),
        ("pasado mañana", "2026-11-26"),
        ("el viernes", "2026-11-27"),
        ("el próximo martes", "2026-12-01"),
        ("el martes que viene", "2026-12-01"),
        ("miércoles", "2026-11-25"),
        ("1 de diciembre", "2026-12-01"),
        ("en dos semanas", "2026-12-08"),
    ],
)
def test_a_day_is_what_callers_mean(words: str, day: str) -> None:
    assert resolve_day(words, TUESDAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "hello",
        "soon",
        "next week",
        "in some days",
        "in 0 days",
        "February 30",
        "february 29 2027",
        "the 32nd",
        "13/13",
        "0/0",
        "12-1",
        "Monday, December 1",
        "tuesday or wednesday",
        "2026-13-01",
        "two",
    ],
)
def test_what_is_not_certain_is_not_guessed(words: str) -> None:
    with pytest.raises(UnclearDay):
        resolve_day(words, TUESDAY)


def test_elsewhere_the_day_comes_first() -> None:
    assert resolve_day("1/12", TUESDAY, month_first=False) == date(2026, 12, 1)


@given(text=st.text(max_size=40), today=DAYS)
def test_any_text_is_a_day_or_unclear(text: str, today: date) -> None:
    with suppress(UnclearDay):
        assert isinstance(resolve_day(text, today), date)


@given(today=DAYS, ahead=st.integers(0, 364))
def test_a_day_by_its_date_is_that_day(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    for words in (f"{day:%B} {day.day}", f"{day:%b} {day.day}", f"{day:%A}, {day:%B} {day.day}"):
        assert resolve_day(words, today) == day
    assert resolve_day(f"{day:%B} {day.day}, {day.year}", today) == day


@given(today=DAYS, ahead=st.integers(0, 6))
def test_a_weekday_is_the_coming_one_and_next_is_of_the_next_week(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    assert resolve_day(f"{day:%A}", today) == day
    after = resolve_day(f"next {day:%A}", today)
    assert after.weekday() == day.weekday()
    assert after.isocalendar().week == (today + timedelta(days=7)).isocalendar().week


@given(today=DAYS, days=st.integers(1, 999))
def test_some_days_ahead_are_counted(today: date, days: int) -> None:
    assert resolve_day(f"in {days} days", today) == today + timedelta(days=days)
