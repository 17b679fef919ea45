"""What Twilio's answers mean, over a real socket to a Twilio that keeps its own rules."""

import pytest

from simulator.rest import TwilioRest
from telephony.errors import LineLost, NotAccepted, OptedOut, TextRefused
from telephony.text_line import TextLine, open_text_line
from tests.e2e.product import ACCOUNT
from tests.telephony.texting import line, rest

__all__ = ["line", "rest"]

CUSTOMER = "+16175551212"
NOBODY = "http://127.0.0.1:9/sms/status/1"


async def test_a_message_is_sent_and_found_by_its_words(rest: TwilioRest, line: TextLine) -> None:
    sid = await line.send(CUSTOMER, "Tuesday at ten: ñ", NOBODY)
    await line.send("+16175551213", "Tuesday at ten: ñ", NOBODY)
    sent = rest.messages[0]
    told = (sent["to"], sent["from"], sent["body"])
    assert told == (CUSTOMER, ACCOUNT.number, "Tuesday at ten: ñ")
    sent["body"] = f"Sent from your Twilio trial account - {sent['body']}"
    assert await line.find(CUSTOMER, "Tuesday at ten: ñ") == [sid]
    assert await line.find(CUSTOMER, "Wednesday") == []


async def test_what_is_refused_for_good(rest: TwilioRest, line: TextLine) -> None:
    rest.opted_out.add(CUSTOMER)
    with pytest.raises(OptedOut, match="21610"):
        await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)
    with pytest.raises(TextRefused, match="400 / 21211"):
        await line.send("+266696687", "Tuesday at ten.", NOBODY)


@pytest.mark.parametrize(
    ("status", "error"), [(429, NotAccepted), (500, LineLost), (503, LineLost)]
)
async def test_what_passes(
    rest: TwilioRest, line: TextLine, status: int, error: type[Exception]
) -> None:
    rest.fail_next(1, status)
    with pytest.raises(error, match=str(status)):
        await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)
    assert rest.messages == []


async def test_a_lost_answer_is_no_answer(rest: TwilioRest, line: TextLine) -> None:
    rest.answers_lost = True
    with pytest.raises(LineLost):
        await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)
    assert len(rest.messages) == 1


async def test_an_answer_that_takes_too_long_is_no_answer(
    rest: TwilioRest,
) -> None:
    rest.delay_secs = 5.0
    tokens, url = [ACCOUNT.auth_token], rest.url
    async with open_text_line(ACCOUNT.account_sid, tokens, ACCOUNT.number, url, 0.05) as line:
        with pytest.raises(LineLost, match="TimeoutError"):
            await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)


async def test_a_twilio_that_cannot_be_reached() -> None:
    async with open_text_line(
        ACCOUNT.account_sid, ["token"], ACCOUNT.number, "http://127.0.0.1:9"
    ) as line:
        with pytest.raises(LineLost):
            await line.find(CUSTOMER, "Tuesday at ten.")


async def test_during_a_rotation_one_of_two_tokens_is_good(rest: TwilioRest) -> None:
    for tokens in (["new", ACCOUNT.auth_token], [ACCOUNT.auth_token, "new"]):
        async with open_text_line(ACCOUNT.account_sid, tokens, ACCOUNT.number, rest.url) as line:
            await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)
            assert await line.find(CUSTOMER, "Tuesday at ten.")
    assert len(rest.messages) == 2
    async with open_text_line(ACCOUNT.account_sid, ["a", "b"], ACCOUNT.number, rest.url) as line:
        with pytest.raises(NotAccepted, match="401"):
            await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)


async def test_another_failure_is_not_asked_with_another_token(rest: TwilioRest) -> None:
    rest.fail_next(1, 429)
    tokens = [ACCOUNT.auth_token, "new"]
    async with open_text_line(ACCOUNT.account_sid, tokens, ACCOUNT.number, rest.url) as line:
        with pytest.raises(NotAccepted, match="429"):
            await line.send(CUSTOMER, "Tuesday at ten.", NOBODY)
    assert len(rest.requests) == 1
