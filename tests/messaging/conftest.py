"""A desk on each database, and a Twilio that takes its messages."""

import pytest

from booking.outbox import Outbox
from messaging.courier import Courier
from messaging.wording import Wording
from telephony.text_line import TextLine
from tests.booking.conftest import catalog, clock, desk, outbox, sessions
from tests.booking.setting import sample
from tests.telephony.texting import line, rest

__all__ = ["catalog", "clock", "desk", "line", "outbox", "rest", "sessions"]


@pytest.fixture
def wording() -> Wording:
    return Wording(sample().spa, lambda code: f"https://spa.example.com/calendar/{code}.ics")


@pytest.fixture
def courier(outbox: Outbox, line: TextLine, wording: Wording) -> Courier:
    return Courier(outbox, line, wording.words, "http://127.0.0.1:9/sms/status")
