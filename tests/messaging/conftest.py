"""A desk on each database, and a Twilio that takes its messages."""

from collections.abc import AsyncGenerator

import pytest

from booking.outbox import Outbox
from messaging.courier import Courier
from messaging.wording import Wording
from simulator.rest import TwilioRest
from simulator.webhooks import Account
from telephony.text_line import TextLine, open_text_line
from tests.booking.conftest import catalog, clock, desk, outbox, sessions
from tests.booking.setting import sample

__all__ = ["catalog", "clock", "desk", "outbox", "sessions"]

ACCOUNT = Account("AC" + "0" * 32, "the-auth-token", "+15005550001")


@pytest.fixture
async def rest() -> AsyncGenerator[TwilioRest]:
    async with TwilioRest(ACCOUNT) as running:
        yield running
    assert running.problems == []


@pytest.fixture
async def line(rest: TwilioRest) -> AsyncGenerator[TextLine]:
    tokens = [ACCOUNT.auth_token]
    async with open_text_line(ACCOUNT.account_sid, tokens, ACCOUNT.number, rest.url) as line:
        yield line


@pytest.fixture
def wording() -> Wording:
    return Wording(sample().spa, lambda code: f"https://spa.example.com/calendar/{code}.ics")


@pytest.fixture
def courier(outbox: Outbox, line: TextLine, wording: Wording) -> Courier:
    return Courier(outbox, line, wording.words, "http://127.0.0.1:9/sms/status")
