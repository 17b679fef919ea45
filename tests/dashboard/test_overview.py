import re
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.desk import BookingDesk
from calls.entries import ModelUse, Turn
from calls.journal import CallJournal
from calls.records import CallRecords, Outcome
from receptionist import now
from tests.dashboard.browser import Browser
from tests.dashboard.test_customers import ADA, books


async def test_a_week_is_told_in_figures_and_drawn(
    browser: Browser, desk: BookingDesk, sessions: async_sessionmaker[AsyncSession]
) -> None:
    await books(desk, ADA, "Ada")
    records, journal = CallRecords(sessions, now), CallJournal(sessions)
    for sid, outcome in (
        ("CA-ada", Outcome.COMPLETED),
        ("CA-2", Outcome.TRANSFERRED),
        ("CA-3", Outcome.REFUSED),
    ):
        await records.ring(sid, caller=None, dialled="+15005550001")
        await records.finish(sid, outcome)
    await records.ring("CA-4", caller=None, dialled="+15005550001")
    await records.over("CA-4")
    add = journal.of("CA-ada")
    add(Turn(now(), "agent", "Of course.", 645))
    add(ModelUse(now(), "m", cost_microdollars=420_000))
    await journal.write()
    await browser.log_in()
    shown = await browser.read("/overview")
    monday = desk.today() - timedelta(days=desk.today().weekday())
    row = shown.split(f'<th scope="row">{monday}</th>')[1].split("</tr>")[0]
    cells = re.findall("<td>(.*?)</td>", row)
    # answered, booked, transferred, missed, refused, failed
    assert cells[:6] == ["2", "1", "1", "1", "1", "0"]
    # bookings, by phone, revenue, p50, p95, cost, cost a booking
    assert cells[6:] == ["1", "1", "160.00", "660 ms", "660 ms", "0.42", "0.42"]
    assert shown.count('<svg class="chart"') == 5
    assert f"{monday:%b} {monday.day}, answered: 2" in shown
    assert re.search(r'<td class="heat-4">4</td>', shown)
    assert " style=" not in shown


async def test_a_spa_that_nobody_has_called_has_an_overview(browser: Browser) -> None:
    await browser.log_in()
    shown = await browser.read("/overview")
    assert shown.count('<th scope="row">') == 12 + 7
    assert "<rect" in shown
