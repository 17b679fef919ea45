from datetime import timedelta

import pytest

from booking.desk import BookingDesk
from booking.models import Appointment, ResourceKind
from tests.dashboard.browser import Browser


def span(desk: BookingDesk, hours: int = 4) -> dict[str, str]:
    """The fields of a block that begins in three weeks."""
    begins = (desk.now() + timedelta(days=21)).replace(hour=10, minute=0)
    ends = begins + timedelta(hours=hours)
    return {"starts_at": f"{begins:%Y-%m-%dT%H:%M}", "ends_at": f"{ends:%Y-%m-%dT%H:%M}"}


@pytest.mark.parametrize(
    ("resource", "kind", "name"),
    [
        ("therapist:Ana Flores", ResourceKind.THERAPIST, "Ana Flores"),
        ("room:Pearl", ResourceKind.ROOM, "Pearl"),
    ],
)
async def test_the_staff_block_and_put_back(
    browser: Browser, desk: BookingDesk, resource: str, kind: ResourceKind, name: str
) -> None:
    await browser.log_in()
    day = desk.today() + timedelta(days=21)
    answer = await browser.send(
        "/blocks/new", "/blocks", resource=resource, reason="<b>paint</b>", **span(desk)
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard/?day={day}")
    (block,) = await desk.blocks_on(day)
    assert (block.kind, block.resource, block.reason) == (kind, name, "<b>paint</b>")
    path = f"/blocks/{block.id}"
    assert path in await browser.read(f"/?day={day}")
    assert "&lt;b&gt;paint&lt;/b&gt;" in await browser.read(path)
    answer = await browser.send(path, f"{path}/lift")
    assert answer.status_code == 303
    assert await desk.blocks_on(day) == ()
    await browser.read(path, 404)
    answer = await browser.send("/", f"{path}/lift")
    assert answer.status_code == 404


async def test_nothing_is_lost_by_a_block(
    browser: Browser, desk: BookingDesk, appointment: Appointment
) -> None:
    await browser.log_in()
    fields = {
        "resource": "therapist:Ana Flores",
        "starts_at": f"{appointment.starts_at:%Y-%m-%dT%H:%M}",
        "ends_at": f"{appointment.ends_at:%Y-%m-%dT%H:%M}",
    }
    answer = await browser.send("/blocks/new", "/blocks", **fields)
    assert answer.status_code == 409
    assert f"Move these appointments first: {appointment.code}." in answer.text
    assert await desk.blocks_on(appointment.starts_at.date()) == ()


@pytest.mark.parametrize(
    ("resource", "hours", "told"),
    [
        ("room:Pearl", 0, "A block ends after it begins"),
        ("room:Pearl", 24 * 367, "A block ends after it begins"),
        ("room:None", 1, "Please choose a therapist or a room."),
        ("", 1, "Please choose a therapist or a room."),
        ("therapist:Xq", 1, "Nobody of that name works here."),
    ],
)
async def test_a_form_that_says_nothing_sensible_blocks_nothing(
    browser: Browser, desk: BookingDesk, resource: str, hours: int, told: str
) -> None:
    await browser.log_in()
    fields = {"resource": resource} | span(desk, hours)
    answer = await browser.send("/blocks/new", "/blocks", **fields)
    assert answer.status_code == 409
    assert told in answer.text
    assert await desk.blocks_on(desk.today() + timedelta(days=21)) == ()
