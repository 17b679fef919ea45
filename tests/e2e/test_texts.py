"""Text messages out and in: the server's worker, Twilio's REST side, and the webhooks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
from loguru import logger

from booking.catalog import load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor, Appointment
from booking.outbox import Outbox
from booking.text_message import TextStatus
from database import build_engine, build_sessions
from simulator.rest import TwilioRest
from simulator.texting import text_in
from simulator.webhooks import Webhooks
from tests.e2e.product import ACCOUNT, CALLER, SPA_FILE, Product, running_product

NO_MODEL = "ws://127.0.0.1:9/v1/realtime"
ADA = Actor("caller", CALLER, "CA-ada")
PATIENCE_SECS = 20.0


class House:
    """A product with a Twilio, and its database from behind."""

    def __init__(self, product: Product, rest: TwilioRest, desk: BookingDesk, outbox: Outbox):
        self.product, self.rest, self.desk, self.outbox = product, rest, desk, outbox

    async def book(self) -> Appointment:
        """A booking that the server learns of from the database alone."""
        treatment = self.desk.catalog.treatment_named("Swedish massage")
        day = self.desk.today() + timedelta(days=2)
        openings = await self.desk.find_openings(treatment, day, last_day=day + timedelta(days=7))
        opening = openings.openings[0]
        return await self.desk.book(BookingRequest(treatment, opening.starts_at, name="Ada"), ADA)

    async def text_in(self, body: str, **changes: Any) -> httpx.Response:
        values = {"from_": CALLER, "body": body} | changes
        return await text_in(ACCOUNT, f"{self.product.origin}/sms", **values)


@asynccontextmanager
async def house(folder: Path, **changes: Any) -> AsyncGenerator[House]:
    async with TwilioRest(ACCOUNT) as rest:
        async with running_product(NO_MODEL, folder, rest=rest, **changes) as product:
            engine = build_engine(product.database_url)
            sessions = build_sessions(engine)
            desk = BookingDesk(load_catalog(SPA_FILE), sessions, lambda: datetime.now(UTC))
            yield House(product, rest, desk, Outbox(sessions, lambda: datetime.now(UTC)))
            await engine.dispose()
            await rest.reported()
        assert rest.problems == []
        assert rest.warnings == []


@contextmanager
def logged() -> Generator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(str(message)), format="{level} {message}")
    yield lines
    logger.remove(sink)


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECS):
        while not await check():  # noqa: ASYNC110  what is waited for is in a database
            await asyncio.sleep(0.05)


async def test_a_booking_is_confirmed_and_its_delivery_noted(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        booked = await at.book()

        async def delivered() -> bool:
            return bool(await at.outbox.latest(TextStatus.DELIVERED))

        await until(delivered)
        [message] = at.rest.messages
        assert message["to"] == CALLER
        assert booked.code in message["body"]


async def test_the_link_of_a_confirmation_opens_the_appointment(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        booked = await at.book()

        async def sent() -> bool:
            return bool(at.rest.messages)

        await until(sent)
        [link] = [word for word in at.rest.messages[0]["body"].split() if "/calendar/" in word]
        async with httpx.AsyncClient() as http:
            response = await http.get(link)
    assert response.headers["content-type"].startswith("text/calendar")
    [event] = icalendar.Calendar.from_ical(response.content).events
    assert event.start == booked.starts_at


async def test_a_text_that_does_not_arrive_is_a_failure_that_shows(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.rest.unreachable.add(CALLER)
        with logged() as lines:
            await at.book()

            async def failed() -> bool:
                return bool(await at.outbox.latest(TextStatus.FAILED))

            await until(failed)
        [text] = await at.outbox.latest(TextStatus.FAILED)
        assert text.error == "Twilio reports undelivered: error 30003"
        assert any(line.startswith("ERROR") and "30003" in line for line in lines)


async def test_who_says_stop_gets_nothing_until_they_say_start(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        response = await at.text_in(" Stop ")
        assert response.headers["content-type"].startswith("text/xml")
        await at.book()

        async def dropped() -> bool:
            return bool(await at.outbox.latest(TextStatus.DROPPED))

        await until(dropped)
        await at.text_in("start")
        await at.desk.cancel(ADA)

        async def delivered() -> bool:
            return bool(await at.outbox.latest(TextStatus.DELIVERED))

        await until(delivered)
        assert [message["body"].split()[-5:] for message in at.rest.messages] == [
            ["book", "again,", "call", "this", "number."]
        ]
        assert await at.desk.messages() == ()


async def test_what_a_customer_writes_is_a_message_to_the_staff(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        for _ in range(2):
            await at.text_in("I will be ten minutes late", sid="SM" + "1" * 32)
        await at.text_in("CANCEL")
        await at.text_in("yes")
        await at.text_in("Help")
        await at.text_in("  ")
        await at.text_in("no number", from_="+266696687")
        messages = await at.desk.messages()
        assert [message.text for message in messages] == [
            "yes",
            "CANCEL",
            "I will be ten minutes late",
        ]
        assert {message.contact for message in messages} == {CALLER}


async def test_an_opt_out_that_a_carrier_reports_counts(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": CALLER}
        form |= {"AccountSid": ACCOUNT.account_sid}
        await post(at, "/sms/status/77", form | {"ErrorCode": "21610"})
        await at.book()

        async def dropped() -> bool:
            return bool(await at.outbox.latest(TextStatus.DROPPED))

        await until(dropped)
        assert at.rest.messages == []


@pytest.mark.parametrize("path", ["/sms", "/sms/status/1"])
async def test_only_twilio_may_say_what_customers_want(path: str, tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        async with httpx.AsyncClient() as http:
            response = await http.post(at.product.origin + path, data={"Body": "STOP"})
        assert response.status_code == 403


async def test_without_a_number_nothing_is_sent_and_the_log_says_so(tmp_path: Path) -> None:
    with logged() as lines:
        async with running_product(NO_MODEL, tmp_path):
            pass
    assert [line for line in lines if "No texts are sent" in line] == [
        "INFO No texts are sent: they need TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and "
        "TWILIO_PHONE_NUMBER\n"
    ]


@pytest.mark.parametrize("key", ["nonsense", "WyJzcGEiXQ.forged"])
async def test_nobody_guesses_a_calendar(key: str, tmp_path: Path) -> None:
    async with running_product(NO_MODEL, tmp_path) as product, httpx.AsyncClient() as http:
        response = await http.get(f"{product.origin}/calendar/{key}.ics")
    assert (response.status_code, response.text) == (404, "There is no such calendar.")


async def post(at: House, path: str, form: dict[str, str]) -> None:
    """A webhook of Twilio's with any fields."""
    async with httpx.AsyncClient() as http:
        await Webhooks(http, ACCOUNT, "good", "").ask(at.product.origin + path, form, "POST")
