"""Changes by plain forms, as a browser without script sends them."""

from datetime import timedelta

import pytest

from booking.desk import BookingDesk
from booking.models import Appointment, Opening, Status
from receptionist import now
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import booked

WANDA = "+12125550250"


def typed(appointment: Appointment | Opening) -> str:
    return f"{appointment.starts_at:%Y-%m-%dT%H:%M}"


async def free(desk: BookingDesk, treatment: str = "hot stones") -> Opening:
    """An opening two weeks ahead."""
    first = desk.today() + timedelta(days=14)
    found = await desk.find_openings(
        desk.catalog.treatment_named(treatment), first, last_day=first + timedelta(days=7)
    )
    return found.openings[0]


async def test_the_staff_cancel_by_name(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await browser.log_in("Rosa")
    path = f"/appointments/{appointment.code}"
    answer = await browser.send(path, f"{path}/cancel", reason="she is ill")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/dashboard{path}"
    shown = await browser.read(path)
    assert f"{path}/cancel" not in shown
    assert "<td>staff:Rosa</td><td>cancelled</td><td>she is ill</td>" in shown
    entry = await desk.calendar_entry(appointment.code)
    assert entry is not None
    assert entry.appointment.status is Status.CANCELLED


async def test_what_the_desk_refuses_is_told(browser: Browser, desk: BookingDesk) -> None:
    over = await booked(desk.with_clock(lambda: now() - timedelta(days=20)))
    await browser.log_in()
    path = f"/appointments/{over.code}"
    for change, fields in (("cancel", {}), ("move", {"starts_at": typed(await free(desk))})):
        answer = await browser.send("/walk-ins/new", f"{path}/{change}", **fields)
        assert answer.status_code == 409
        assert '<p class="problem">That appointment is already over.</p>' in answer.text
        answer = await browser.send("/", f"/appointments/NONE/{change}", **fields)
        assert answer.status_code == 404


async def test_the_staff_move_by_name(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await browser.log_in("Rosa")
    path, opening = f"/appointments/{appointment.code}", await free(desk)
    answer = await browser.send(
        path, f"{path}/move", starts_at=typed(opening), therapist="Ana Flores", reason="she asked"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard{path}")
    entry = await desk.calendar_entry(appointment.code)
    assert entry is not None
    assert entry.appointment.starts_at == opening.starts_at
    last = (await desk.trail(appointment.code))[-1]
    assert (last.who, last.action, last.why) == ("staff:Rosa", "rescheduled", "she asked")


async def test_a_move_that_is_refused_tells_what_is_free_and_changes_nothing(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    other = await booked(desk)
    await browser.log_in()
    path = f"/appointments/{appointment.code}"
    answer = await browser.send(
        path, f"{path}/move", starts_at=typed(other), therapist="Ana Flores"
    )
    assert answer.status_code == 409
    assert "That time is taken." in answer.text
    assert "Free instead:" in answer.text
    assert f'value="{typed(other)}"' in answer.text
    entry = await desk.calendar_entry(appointment.code)
    assert entry is not None
    assert entry.appointment == appointment


async def test_the_staff_book_for_somebody(browser: Browser, desk: BookingDesk) -> None:
    await browser.log_in("Rosa")
    opening = await free(desk)
    form = f"/appointments/new?starts_at={typed(opening)}&therapist=Ana+Flores"
    shown = await browser.read(form)
    assert f'value="{typed(opening)}"' in shown
    assert "<option selected>Ana Flores</option>" in shown
    answer = await browser.send(
        form,
        "/appointments",
        starts_at=typed(opening),
        treatment=opening.treatment,
        therapist="Ana Flores",
        phone="(212) 555-0250",
        name="Wanda Weber",
        note="by\nthe\0window",
    )
    assert answer.status_code == 303
    (coming,) = (await desk.history(WANDA)).upcoming
    assert answer.headers["location"] == f"/dashboard/appointments/{coming.code}"
    assert coming.starts_at == opening.starts_at
    assert coming.note == "by thewindow"
    assert (await desk.trail(coming.code))[0].who == "staff:Rosa"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "phone": ""}, "Please say who comes"),
        ({"phone": "12"}, "No telephone can have that number."),
        ({"phone": "a number"}, "No telephone can have that number."),
        ({"starts_at": "soon"}, "Please give a day and a time."),
        ({"starts_at": "0001-01-01T10:00"}, "Please give a day and a time."),
        ({"starts_at": "2027-01-01T10:00+01:00"}, "Please give a day and a time."),
        ({"starts_at": "2027-03-14T02:30"}, "The clocks go forward then"),
        ({"treatment": "nothing"}, "We do not have that treatment."),
        ({"therapist": "Maya Chen"}, "Maya Chen does not do that."),
    ],
)
async def test_a_form_that_says_nothing_sensible_books_nothing(
    browser: Browser, desk: BookingDesk, fields: dict[str, str], told: str
) -> None:
    await browser.log_in()
    opening = await free(desk)
    filled = {
        "starts_at": typed(opening),
        "treatment": opening.treatment,
        "name": "Wanda Weber",
    }
    answer = await browser.send("/appointments/new", "/appointments", **filled | fields)
    assert answer.status_code == 409
    assert told in answer.text
    assert await desk.agenda(opening.starts_at.date()) == ()


async def test_nothing_is_changed_by_forms_of_other_sites(
    browser: Browser, appointment: Appointment
) -> None:
    await browser.log_in()
    path = f"/appointments/{appointment.code}"
    for action in (f"{path}/move", f"{path}/cancel", "/appointments", "/walk-ins", "/blocks"):
        answer = await browser.http.post(action, data={"csrf": "a guess"})
        assert answer.status_code == 403


async def test_the_script_of_a_page_gets_a_sentence(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await browser.log_in()
    browser.http.headers["X-By-Script"] = "true"
    answer = await browser.send("/", f"/appointments/{appointment.code}/cancel")
    assert answer.status_code == 200
    assert answer.json()["said"].startswith("Cancelled: Hot stone massage, ")
