"""A line to a Twilio that takes its messages, as fixtures."""

from collections.abc import AsyncGenerator

import pytest

from simulator.rest import TwilioRest
from telephony.text_line import TextLine, open_text_line
from tests.e2e.product import ACCOUNT


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
