"""What callers wish for, as the model would pass it, and the sentence that comes back."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor
from tests.tools.setting import MARIA, ZONE, Call, open_desk, open_on_sundays
from tools import check_availability

TUESDAY, THURSDAY, FRIDAY = "2026-03-10", "2026-03-12", "2026-03-13"
TAKEN = [f"{THURSDAY}T10:30", f"{FRIDAY}T10:30", f"{FRIDAY}T12:30", f"{FRIDAY}T14:30"]
"""Hot stones that are booked already; one therapist does them."""

ALL = (
    "We offer Swedish massage, Deep tissue massage, Hot stone massage, Couples massage, "
    "Prenatal massage, Classic facial, Anti-aging facial, Body scrub."
)
NO_DAY = "I did not catch the day. Which day would you like?"
NO_TIME = "I did not catch the time. What time would you like?"
PAST = (
    "That time has already passed. I could offer today, Tuesday, March 3 at 10 AM, 1 PM, "
    "or 3:30 PM."
)
LATE = (
    "We are not open at that time, or not long enough. I could offer Tuesday, March 10 at "
    "2:30 PM, 3 PM, or 3:30 PM."
)
FAR = "We only book until Saturday, May 2. I could offer Saturday, May 2 at 9 AM, 1 PM, or 4:30 PM."
CLOSED = (
    "We are closed on Sunday, March 8. I could offer Saturday, March 7 at 4 PM, Saturday, "
    "March 7 at 4:30 PM, or Monday, March 9 at 9 AM."
)

WISHES: list[tuple[dict[str, Any], str]] = [
    (
        {"service": "Hot stone massage", "date": TUESDAY},
        "For Hot stone massage I have Tuesday, March 10 at 10:30 AM, 1:30 PM, or 4 PM.",
    ),
    (
        {"service": "hot stones", "date": TUESDAY, "time": "14:00"},
        "Hot stone massage is free Tuesday, March 10 at 2 PM with Ana Flores.",
    ),
    (
        {
            "service": "deep tissue",
            "date": TUESDAY,
            "time": "17:00",
            "part_of_day": "afternoon",
        },
        "Deep tissue massage is free Tuesday, March 10 at 5 PM with Luca Romano.",
    ),
    (
        {"service": "deep tisue", "date": "2026-03-11"},
        "For Deep tissue massage I have Wednesday, March 11 at 11 AM, 1:30 PM, or 5:30 PM.",
    ),
    (
        {"service": "massage for two", "date": TUESDAY},
        "For Couples massage I have Tuesday, March 10 at 10 AM, 1 PM, or 4:30 PM.",
    ),
    (
        {"service": "couples massage", "date": "2026-03-07", "time": "10:00"},
        "Couples massage is free Saturday, March 7 at 10 AM with Luca Romano and Noor Haddad.",
    ),
    (
        {"service": "haircut", "date": TUESDAY},
        "We do not have that treatment. We offer Couples massage, Classic facial, Swedish massage.",
    ),
    ({"service": "", "date": TUESDAY}, f"We do not have that treatment. {ALL}"),
    ({"service": "\U0001f486", "date": TUESDAY}, f"We do not have that treatment. {ALL}"),
    (
        {"service": "x" * 10_000, "date": TUESDAY},
        "We do not have that treatment. We offer Swedish massage.",
    ),
    (
        {"service": "'; DROP TABLE appointments; --", "date": TUESDAY},
        "We do not have that treatment. We offer Classic facial, Anti-aging facial, "
        "Hot stone massage.",
    ),
    ({"service": "facial", "date": ""}, NO_DAY),
    ({"service": "facial", "date": "next week"}, NO_DAY),
    ({"service": "facial", "date": "2027-02-29"}, NO_DAY),
    ({"service": "facial", "date": "2026-13-01"}, NO_DAY),
    ({"service": "facial", "date": "2026-03-08"}, CLOSED),
    ({"service": "facial", "date": "2026-03-08", "time": "02:30"}, CLOSED),
    ({"service": "facial", "date": "2026-05-25"}, FAR),
    ({"service": "facial", "date": "2027-03-10"}, FAR),
    ({"service": "facial", "date": "2026-03-02"}, PAST),
    ({"service": "facial", "date": "1999-01-01"}, PAST),
    (
        {"service": "facial", "date": "2026-03-03"},
        "For Classic facial I have today, Tuesday, March 3 at 10 AM, 1 PM, or 3:30 PM.",
    ),
    (
        {"service": "facial", "date": "2026-03-03", "time": "09:30"},
        "That is too soon for us. I could offer today, Tuesday, March 3 at 10 AM, 10:30 AM, "
        "or 11 AM.",
    ),
    (
        {"service": "facial", "date": "2026-03-03", "time": "08:00"},
        "That time has already passed. I could offer today, Tuesday, March 3 at 10 AM, "
        "10:30 AM, or 11 AM.",
    ),
    ({"service": "facial", "date": TUESDAY, "time": "25:00"}, NO_TIME),
    ({"service": "facial", "date": TUESDAY, "time": "2pm"}, NO_TIME),
    ({"service": "facial", "date": TUESDAY, "time": "-1:00"}, NO_TIME),
    ({"service": "facial", "date": TUESDAY, "time": "14:00:30"}, NO_TIME),
    (
        {"service": "facial", "date": TUESDAY, "time": "14:10"},
        "Treatments start every 30 minutes, not at that time. I could offer Tuesday, March 10 "
        "at 1:30 PM, 2 PM, or 2:30 PM.",
    ),
    ({"service": "facial", "date": TUESDAY, "time": "23:00"}, LATE),
    ({"service": "facial", "date": TUESDAY, "time": "18:30"}, LATE),
    (
        {"service": "anti-aging facial", "date": TUESDAY, "time": "15:30"},
        "Anti-aging facial is free Tuesday, March 10 at 3:30 PM with Sofia Lindqvist.",
    ),
    (
        {"service": "facial", "date": TUESDAY, "part_of_day": "morning"},
        "For Classic facial I have Tuesday, March 10 at 9 AM, 10 AM, or 11:30 AM.",
    ),
    (
        {"service": "facial", "date": TUESDAY, "part_of_day": "Evening"},
        "Nothing is free then. I could offer Tuesday, March 10 at 9 AM, 12 PM, or 3:30 PM.",
    ),
    (
        {"service": "facial", "date": TUESDAY, "part_of_day": "night"},
        "Would you like to come in the morning, the afternoon or the evening?",
    ),
    (
        {"service": "deep tissue", "date": TUESDAY, "therapist": "Luca"},
        "For Deep tissue massage I have Tuesday, March 10 at 11 AM, 1:30 PM, or 5:30 PM.",
    ),
    (
        {"service": "deep tissue", "date": TUESDAY, "therapist": "Maya"},
        "Maya Chen does not do that. It is done by Luca Romano, Noor Haddad.",
    ),
    (
        {"service": "deep tissue", "date": TUESDAY, "therapist": "Noor"},
        "Noor Haddad does not work on that day. I could offer Tuesday, March 10 at 11 AM, "
        "1:30 PM, or 5:30 PM.",
    ),
    (
        {"service": "deep tissue", "date": TUESDAY, "therapist": "Bob"},
        "Nobody of that name works here. It is done by Luca Romano, Noor Haddad.",
    ),
    (
        {"service": "swedish", "date": TUESDAY, "time": "13:00", "therapist": "Maya Chen"},
        "That time is taken. I could offer Tuesday, March 10 at 11:30 AM, 2 PM, or 2:30 PM.",
    ),
    (
        {"service": "hot stones", "date": THURSDAY, "time": "10:30"},
        "That time is taken. I could offer Thursday, March 12 at 12:30 PM, 1 PM, or 1:30 PM.",
    ),
    (
        {"service": "hot stones", "date": FRIDAY},
        "Nothing is free then. I could offer Thursday, March 12 at 3:30 PM, Thursday, March 12 "
        "at 4 PM, or Monday, March 16 at 10:30 AM.",
    ),
    ({"service": 3, "date": TUESDAY}, "I did not catch the service. Could you repeat it?"),
    ({"service": "facial", "date": None}, "I did not catch the date. Could you repeat it?"),
    (
        {"service": "facial", "date": TUESDAY, "part_of_day": ["morning"]},
        "I did not catch the part of day. Could you repeat it?",
    ),
]


@pytest.fixture
async def busy_desk(desk: BookingDesk) -> BookingDesk:
    treatment = desk.catalog.treatment_named("hot stones")
    for at in TAKEN:
        starts_at = datetime.fromisoformat(at).replace(tzinfo=ZONE)
        await desk.book(BookingRequest(treatment, starts_at), Actor.staff("Eva"))
    return desk


@pytest.mark.parametrize(("wish", "sentence"), WISHES)
async def test_a_wish_gets_its_sentence(
    wish: dict[str, Any], sentence: str, busy_desk: BookingDesk
) -> None:
    result = await Call(busy_desk, MARIA).use(check_availability, **wish)
    assert result["message"] == sentence
    assert result["today"] == "Tuesday 2026-03-03"
    assert len(result["openings"]) <= 3
    assert result["ok"] is not bool(result.get("reason"))


@pytest.mark.parametrize("sentence", [sentence for _, sentence in WISHES])
def test_a_sentence_can_be_spoken(sentence: str) -> None:
    """No ISO dates, no times of 24 hours, no codes."""
    assert not re.search(r"\d{4}-\d\d|\b(1[3-9]|2\d):\d\d\b|_|@", sentence)
    assert sentence.endswith((".", "?"))


CLOCKS = [
    (
        {"date": "2026-03-08", "time": "02:30"},
        "The clocks go forward then, so that time does not exist. I could offer Sunday, March 8 "
        "at 1:30 AM, 3 AM, or 3:30 AM.",
    ),
    (
        {"date": "2026-03-08", "time": "01:30"},
        "Classic facial is free Sunday, March 8 at 1:30 AM with Maya Chen.",
    ),
    (
        {"date": "2026-03-08", "time": "03:00"},
        "Classic facial is free Sunday, March 8 at 3 AM with Maya Chen.",
    ),
]


@pytest.mark.parametrize(("wish", "sentence"), CLOCKS)
async def test_the_clocks_go_forward_over_a_wish(
    wish: dict[str, str], sentence: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    desk = open_desk(engine, open_on_sundays(tmp_path))
    result = await Call(desk, MARIA).use(check_availability, service="facial", **wish)
    assert result["message"] == sentence
